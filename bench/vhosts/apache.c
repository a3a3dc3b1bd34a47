/*
 * bench_apache_vhosts N...: CPU time to read a configuration of N virtual hosts in N files, find the host of one name, and edit and
 * write its file. Linear: per host the figure stays what it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "plugins/apache/choice.h"
#include "plugins/apache/edit.h"

static const char host[] =
	"<VirtualHost *:80>\n\tServerName host%zu.test\n\tServerAlias www.host%zu.test\n\tServerAdmin a@host.test\n"
	"\tDocumentRoot /srv/%zu\n\t# a comment of some length, as they are in files of this kind\n"
	"\t<Directory /srv/%zu>\n\t\tOptions -Indexes +FollowSymLinks\n\t\tAllowOverride None\n\t\tRequire all granted\n"
	"\t</Directory>\n\tErrorLog ${APACHE_LOG_DIR}/error.log\n\tCustomLog ${APACHE_LOG_DIR}/access.log combined\n"
	"\tRewriteEngine on\n\tRewriteRule ^/old(.*) /new$1 [R=301,L]\n</VirtualHost>\n";

static struct err *write_file(const char *dir, const char *name, const char *text)
{
	AUTO(free) char *path = fs_join(dir, name);

	return fs_create(path, text, strlen(text), 0644);
}

static struct err *make_root(const char *dir, size_t count)
{
	AUTO(free) char *sites = fs_join(dir, "sites");

	TRY(fs_mkdir(sites, 0755, NULL));
	TRY(write_file(dir, "apache2.conf", "Listen 80\nIncludeOptional sites/*.conf\n"));
	for (size_t i = 0; i < count; i++) {
		AUTO(free) char *name = str_fmt("%05zu.conf", i);
		AUTO(free) char *text = str_fmt(host, i, i, i, i);

		TRY(write_file(sites, name, text));
	}
	return NULL;
}

static struct err *find_and_edit(const char *dir, size_t count)
{
	AUTO(apache_config_free) struct apache_config *c = NULL;
	AUTO(apache_choice_release) struct apache_choice chosen = { 0 };
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);
	AUTO(free) char *root = fs_join(dir, "apache2.conf");
	AUTO(free) char *name = str_fmt("www.host%zu.test", count - 1);
	struct apache_facts facts = { .server_root = xstrdup(dir) };
	struct err *e = apache_config_load(&c, root, &facts, NULL);

	apache_facts_release(&facts);
	TRY(e);
	apache_choose_for_http(&chosen, c, name, 80);
	if (chosen.count != 1)
		return err_new(ERR_INTERNAL, "%zu hosts were chosen", chosen.count);
	TRY(apache_add_first(chosen.items[0]->file, chosen.items[0]->node, "Include x\n"));
	apache_write(chosen.items[0]->file, &b);
	return fs_replace(chosen.items[0]->file->path, b.data, b.len, 0644, true);
}

static struct err *measure(size_t count)
{
	char dir[] = "/tmp/apache-vhosts-XXXXXX";

	if (mkdtemp(dir) == NULL)
		return err_new(ERR_IO, "no temporary directory");
	struct err *e = make_root(dir, count);
	clock_t start = clock();

	e = e != NULL ? e : find_and_edit(dir, count);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

	if (e == NULL)
		printf("%zu hosts: %.3f s of CPU, %.1f us a host\n", count, seconds,
		       seconds * 1e6 / (double)count);
	err_ignore(fs_remove_tree(dir));
	return e;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int64_t count = 0;
		AUTO(err_free)
		struct err *e = str_to_int(argv[i], 1, 100000, &count)
				      ? measure((size_t)count)
				      : err_new(ERR_USAGE, "usage: bench_apache_vhosts N...");
		AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

		if (text != NULL) {
			fprintf(stderr, "%s\n", text);
			return 1;
		}
	}
	return 0;
}
