#include "plugins/apache/challenge.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/lend.h"
#include "plugins/apache/line.h"
#include "plugins/apache/planned.h"

#define RULES_FILE \
	"le_http_01_challenge_pre.conf" /* Certbot's names, so that whoever finds one knows what it is */
#define SERVER_FILE "le_http_01_challenge_post.conf"

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

static struct err *plan_server(struct change *out, const struct apache_challenges *c)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	TRY(apache_lend_module(&b, c, "rewrite", "--webroot"));
	TRY(apache_lend_port(&b, c, false));
	return apache_lend_file(out, c, SERVER_FILE, &b);
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
