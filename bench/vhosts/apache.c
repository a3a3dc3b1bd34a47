#include "base/limits.h"
#include "base/str.h"
#include "plugins/apache/choice.h"
#include "plugins/apache/edit.h"
#include "vhosts/vhosts.h"

static char *site(size_t number)
{
	return str_fmt(
		"<VirtualHost *:80>\n\tServerName site%zu.test\n\tServerAlias www.site%zu.test\n\tServerAdmin a@site.test\n"
		"\tDocumentRoot /srv/%zu\n\t# a comment of some length, as they are in files of this kind\n"
		"\t<Directory /srv/%zu>\n\t\tOptions -Indexes +FollowSymLinks\n\t\tAllowOverride None\n"
		"\t\tRequire all granted\n\t</Directory>\n\tErrorLog ${APACHE_LOG_DIR}/error.log\n"
		"\tCustomLog ${APACHE_LOG_DIR}/access.log combined\n"
		"\tRewriteEngine on\n\tRewriteRule ^/old(.*) /new$1 [R=301,L]\n</VirtualHost>\n",
		number, number, number, number);
}

static struct err *load(void **config, const char *dir)
{
	struct apache_facts facts = { .server_root = xstrdup(dir) };
	AUTO(free) char *root = str_fmt("%s/apache2.conf", dir);
	struct apache_config *c = NULL;
	struct err *e = apache_config_load(&c, root, &facts, NULL);

	apache_facts_release(&facts);
	*config = c;
	return e;
}

static struct err *edit(void *config, const char *name)
{
	AUTO(apache_choice_release) struct apache_choice chosen = { 0 };
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);

	apache_choose_for_http(&chosen, config, name, 80);
	if (chosen.count != 1)
		return err_new(ERR_INTERNAL, "%zu hosts were chosen", chosen.count);
	struct apache_file *f = chosen.items[0]->file;

	TRY(apache_add_first(f, chosen.items[0]->node, "Include x\n"));
	apache_write(f, &b);
	return buf_check(&b, f->path);
}

static void release(void *config)
{
	apache_config_free(config);
}

const struct bench_server bench_apache = {
	.name = "apache",
	.main_file = "apache2.conf",
	.main_text = "Listen 80\nIncludeOptional sites/*.conf\n",
	.site = site,
	.load = load,
	.edit = edit,
	.release = release,
};
