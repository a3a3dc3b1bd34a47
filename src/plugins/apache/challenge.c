#include "plugins/apache/challenge.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"
#include "plugins/apache/planned.h"
#include "plugins/apache/port.h"

#define RULES_FILE \
	"le_http_01_challenge_pre.conf" /* Certbot's names, so that whoever finds one knows what it is */
#define SERVER_FILE "le_http_01_challenge_post.conf"
#define REWRITE "rewrite_module"

/* The path as a pattern: it holds nothing special but dots. */
static void add_pattern(struct buf *b, const char *path)
{
	for (const char *s = path; *s != '\0'; s++)
		buf_addf(b, *s == '.' ? "\\%c" : "%c", *s);
}

static void add_answer(struct buf *b, const struct apache_answer *a)
{
	buf_adds(b, "RewriteRule \"^");
	add_pattern(b, a->path);
	buf_addf(b, "$\" - [R=200,L]\n<Location \"%s\">\n\tErrorDocument 200 \"%s\"\n</Location>\n",
		 a->path, a->body);
}

/* --- our own files --- */

static struct err *plan_rules(struct change *out, const char *path,
			      const struct apache_answer *answers, size_t count)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_MIB(1));

	buf_adds(
		&b,
		"# Temporary, for HTTP challenges; gone when the names are proved. `signet rollback` or the next run removes what is left.\n");
	for (size_t i = 0; i < count; i++)
		add_answer(&b, &answers[i]);
	TRY(buf_check(&b, path));
	change_create(out, path, &b, 0644);
	return NULL;
}

/* At the end of the configuration: <IfModule mod_rewrite.c> of the sites has been judged by then, and stays as it was. */
static struct err *add_module(struct buf *b, const struct apache_challenges *c)
{
	if (apache_config_has_module(c->config, REWRITE))
		return NULL;
	AUTO(free)
	char *load = c->modules_dir != NULL ? fs_join(c->modules_dir, "rewrite.load") : NULL;

	if (load == NULL || !fs_exists(load))
		return err_new(
			ERR_CONFIG,
			"Apache has no mod_rewrite, which answers the challenges: load it (`a2enmod rewrite`, or a LoadModule "
			"line), or use --webroot");
	AUTO(free) char *quoted = apache_quoted(load, true);

	buf_addf(b, "Include %s\n", quoted);
	return NULL;
}

static struct err *plan_server(struct change *out, const struct apache_challenges *c)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	TRY(add_module(&b, c));
	if (!apache_addresses_have_port(&c->config->listens, c->port)) {
		TRY(apache_port_check(c->port));
		buf_addf(&b, "Listen %u\n", c->port);
	}
	if (b.len == 0)
		return NULL;
	AUTO(free) char *path = fs_join(c->dir, SERVER_FILE);
	AUTO(free) char *quoted = apache_quoted(path, true);
	AUTO(free) char *line = str_fmt("Include %s\n", quoted);

	TRY(buf_check(&b, path));
	change_create(out, path, &b, 0644);
	return apache_add_last(c->root, c->root->root, line);
}

/* --- the hosts --- */

static bool rewrites(const struct apache_config *c, const struct apache_vhost *v)
{
	return (v->rewrite != APACHE_UNSET ? v->rewrite : c->main->rewrite) == APACHE_ON;
}

static struct err *edit_host(const struct apache_challenges *c, const struct apache_vhost *v,
			     const char *rules)
{
	struct apache_file *f = v->node != NULL ? v->file : c->root;
	struct apache_node *section = v->node != NULL ? v->node : c->root->root;
	bool asleep = !rewrites(c->config, v);
	AUTO(free) char *quoted = apache_quoted(rules, true);
	AUTO(free)
	char *lines = str_fmt("Include %s\n%s", quoted, asleep ? "RewriteRule ^ - [L]\n" : "");

	TRY(apache_add_first(f, section, lines));
	return asleep ? apache_add_last(f, section, "RewriteEngine on\n") : NULL;
}

struct err *apache_plan_answers(struct change *out, const struct apache_challenges *c,
				const struct apache_choice *hosts,
				const struct apache_answer *answers, size_t count)
{
	AUTO(free) char *rules = fs_join(c->dir, RULES_FILE);

	TRY(plan_rules(out, rules, answers, count));
	for (size_t i = 0; i < hosts->count; i++)
		TRY(edit_host(c, hosts->items[i], rules));
	TRY(plan_server(out, c));
	return apache_plan_files(c->config, out);
}
