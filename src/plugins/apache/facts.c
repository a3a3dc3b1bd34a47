#include "plugins/apache/facts.h"

#include <string.h>

#include "base/limits.h"
#include "srv/said.h"

#define ASK_MS (60 * 1000)

/* What is behind a prefix such as "Define: "; false: another line. */
static bool behind(const char **value, const char *line, const char *prefix)
{
	if (!str_starts(line, prefix))
		return false;
	*value = line + strlen(prefix);
	return true;
}

/* "value" without the quotes. */
static char *unquoted(const char *s)
{
	size_t len = strlen(s);

	if (len >= 2 && *s == '"' && s[len - 1] == '"')
		return xstrndup(s + 1, len - 2);
	return xstrdup(s);
}

static void keep(char **to, char *value)
{
	free(*to);
	*to = value;
}

/* "(*) /etc/apache2/apache2.conf", "(146) /etc/apache2/ports.conf" */
static void take_include(struct apache_facts *f, const char *line)
{
	size_t digits = strspn(line + 1, "0123456789*");
	const char *path = NULL;

	if (!behind(&path, line + 1 + digits, ") ") || *path != '/')
		return;
	if (line[1] == '*')
		keep(&f->root_file, xstrdup(path));
	strlist_add(&f->includes, path);
}

/* "... (/etc/apache2/sites-enabled/a.conf:12)": those of macros have quotes in it. */
static void take_vhost(struct apache_facts *f, const char *line)
{
	const char *open = strstr(line, " (/");
	size_t len = strlen(line);

	if (open == NULL || line[len - 1] != ')' || strstr(line, "default server ") != NULL ||
	    strchr(open, '"') != NULL)
		return;
	strlist_take(&f->vhosts, xstrndup(open + 2, len - (size_t)(open - line) - 3));
}

/* " ssl_module (shared)" */
static void take_module(struct apache_facts *f, const char *line)
{
	size_t len = strcspn(line, " ");

	if (len > strlen("_module") && str_starts(line + len - strlen("_module"), "_module"))
		strlist_take(&f->modules, xstrndup(line, len));
}

static void take_line(struct apache_facts *f, const char *line)
{
	const char *value = NULL;

	if (behind(&value, line, "ServerRoot: "))
		keep(&f->server_root, unquoted(value));
	else if (behind(&value, line, "PidFile: "))
		keep(&f->pid_file, unquoted(value));
	else if (behind(&value, line, "Main ErrorLog: "))
		keep(&f->error_log, unquoted(value));
	else if (behind(&value, line, "Define: "))
		strlist_add(&f->defines, value);
	else if (str_starts(line, "("))
		take_include(f, line);
	else if (str_ends(line, " (static)") || str_ends(line, " (shared)"))
		take_module(f, line);
	else
		take_vhost(f, line);
}

/* The same file may be included more than once. */
static void sort_once(struct strlist *l)
{
	AUTO(strlist_release) struct strlist all = *l;

	*l = (struct strlist){ 0 };
	strlist_sort(&all);
	for (size_t i = 0; i < all.count; i++)
		if (l->count == 0 || !streq(l->items[l->count - 1], all.items[i]))
			strlist_add(l, all.items[i]);
}

void apache_facts_parse(struct apache_facts *out, const char *text)
{
	AUTO(strlist_release) struct strlist lines = { 0 };

	strlist_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.count; i++)
		take_line(out, lines.items[i]);
	sort_once(&out->includes);
	sort_once(&out->vhosts);
}

void apache_facts_version(struct apache_facts *out, const char *text)
{
	const char *at = strstr(text, "Apache/");

	if (at != NULL)
		keep(&out->version, xstrndup(at + 7, strspn(at + 7, "0123456789.")));
}

static struct err *run(struct command_result *r, const struct world *w, const char *const *argv)
{
	const struct command c = { .argv = argv,
				   .input = "",
				   .max_output = LIMIT_APACHE_OUTPUT,
				   .timeout_ms = ASK_MS,
				   .stop = w->stop };

	TRY_WRAP(w->spawner->run(w->spawner, &c, r),
		 "asking Apache for its configuration by %s; --apache-ctl names another program",
		 argv[0]);
	if (r->status == 0)
		return NULL;
	AUTO(free) char *words = said_line(r->err);

	return err_new(
		ERR_CONFIG,
		"Apache does not take its present configuration; mend it first (`%s configtest`): %s",
		argv[0], words);
}

struct err *apache_facts_ask(struct apache_facts *out, const struct world *w,
			     const struct apache_place *p)
{
	static const char *const dumps[] = {
		"-t", "-D",           "DUMP_RUN_CFG", "-D",         "DUMP_INCLUDES",
		"-D", "DUMP_MODULES", "-D",           "DUMP_VHOSTS"
	};
	static const char *const version[] = { "-v" };
	AUTO(free) const char **ask = apache_httpd_argv(p, dumps, ARRAY_LEN(dumps));
	AUTO(free) const char **ask_version = apache_httpd_argv(p, version, ARRAY_LEN(version));
	AUTO(command_result_release) struct command_result told = { 0 };
	AUTO(command_result_release) struct command_result about = { 0 };

	TRY(run(&told, w, ask));
	if (told.cut)
		return err_new(ERR_LIMIT, "%s -t tells more than %zu bytes", p->bin,
			       LIMIT_APACHE_OUTPUT);
	apache_facts_parse(out, told.out);
	if (out->version != NULL)
		return NULL;
	TRY(run(&about, w, ask_version));
	apache_facts_version(out, about.out);
	return NULL;
}

void apache_facts_release(struct apache_facts *f)
{
	free(f->version);
	free(f->server_root);
	free(f->root_file);
	free(f->pid_file);
	free(f->error_log);
	strlist_release(&f->defines);
	strlist_release(&f->modules);
	strlist_release(&f->includes);
	strlist_release(&f->vhosts);
}
