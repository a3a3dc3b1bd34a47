#include "plugins/apache/install.h"

#include <assert.h>
#include <string.h>

#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"

#define CSP "Content-Security-Policy"
#define STAPLING_CACHE "shmcb:/var/run/apache2/stapling_cache(128000)"

/* --- finding --- */

static struct apache_node *find_line(const struct apache_node *section, const char *name,
				     const char *part)
{
	for (struct apache_node *n = section->first; n != NULL; n = n->next)
		if (apache_is(n, name) && strstr(n->args, part) != NULL)
			return n;
	return NULL;
}

struct err *apache_pick_tls(struct apache_vhost **out, const struct apache_sites *s,
			    const char *name)
{
	TRY(apache_pick(out, s, name));
	if (apache_vhost_is_tls(*out))
		return NULL;
	return err_new(
		ERR_CONFIG,
		"no virtual host of Apache serves %s by HTTPS: deploy its certificate first (`signet install`)",
		name);
}

/* The plain host that the requests for this name come to. */
static struct apache_vhost *plain_host(const struct apache_sites *s, const char *name)
{
	struct apache_vhost *found = NULL;
	struct apache_pair only = { 0 };
	unsigned top = 0;

	for (size_t i = 0; i < s->config->vhost_count; i++) {
		struct apache_vhost *v = s->config->vhosts[i];
		unsigned fit = v->of_macro || apache_vhost_is_tls(v) ||
					       !apache_addresses_have_port(&v->addresses,
									   s->http_port)
				     ? 0
				     : apache_vhost_fit(v, name);

		if (fit > top) {
			top = fit;
			found = v;
		}
	}
	return found != NULL || !apache_only_site(&only, s) ? found : only.plain;
}

/* --- redirect --- */

static const char redirect_rule[] =
	"RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n";

static bool is_our_rule(const struct apache_node *n)
{
	return apache_is(n, "RewriteRule") &&
	       str_starts(n->args, "^ https://%{SERVER_NAME}%{REQUEST_URI} ");
}

static struct apache_node *our_rule(const struct apache_node *host)
{
	struct apache_node *n = host->first;

	while (n != NULL && !is_our_rule(n))
		n = n->next;
	return n;
}

/* "*.a.test" stands for one label, as in the certificate. */
static char *condition_for(const char *name)
{
	AUTO(buf_release) struct buf b = BUF_INIT(1024);
	const char *rest = str_starts(name, "*.") ? name + 1 : NULL;

	if (rest == NULL)
		return str_fmt("%%{SERVER_NAME} =%s", name);
	buf_adds(&b, "%{SERVER_NAME} ^[^.]+");
	for (; *rest != '\0'; rest++)
		buf_addf(&b, *rest == '.' ? "\\%c" : "%c", *rest);
	buf_addc(&b, '$');
	return buf_detach(&b);
}

/* What Certbot or we have written before: for another name of the same host its conditions are extended. */
static struct err *extend(struct apache_file *f, struct apache_node *last, const char *name)
{
	AUTO(free) char *args = condition_for(name);
	AUTO(free) char *line = str_fmt("RewriteCond %s\n", args);
	struct apache_node *first = last;

	while (first->prev != NULL && apache_is(first->prev, "RewriteCond"))
		first = first->prev;
	for (struct apache_node *n = first; n != last; n = n->next) {
		AUTO(free) char *with_or = NULL;

		if (streq(n->args, args) ||
		    (str_starts(n->args, args) && n->args[strlen(args)] == ' '))
			return NULL;
		if (strstr(n->args, "[OR]") == NULL && n->next == last) {
			with_or = str_fmt("%s [OR]", n->args);
			apache_set_args(f, n, with_or);
		}
	}
	return first != last ? apache_add_after(f, last->prev, line) : NULL;
}

static bool may_rewrite(const struct apache_node *n)
{
	static const char *const names[] = { "RewriteCond", "RewriteRule", "Include",
					     "IncludeOptional", "Use" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (apache_is(n, names[i]))
			return true;
	return false;
}

/* The child of the host before which no rule can have taken the request; NULL: there are no rules. */
static struct apache_node *first_rule(const struct apache_node *host)
{
	struct apache_node *found = NULL;

	for (struct apache_node *n = host->first; n != NULL && found == NULL;
	     n = apache_next(n, host))
		found = may_rewrite(n) ? n : NULL;
	while (found != NULL && found->parent != host)
		found = found->parent;
	return found;
}

/* In front of rules that take every request, like those of a front controller. */
static struct err *add_rule(struct apache_vhost *v, const char *text)
{
	const struct apache_node *rule = first_rule(v->node);

	if (rule == NULL)
		return apache_add_last(v->file, v->node, text);
	if (rule->prev == NULL)
		return apache_add_first(v->file, v->node, text);
	return apache_add_after(v->file, rule->prev, text);
}

static struct err *redirect(struct apache_sites *s, const char *name)
{
	struct apache_vhost *v = plain_host(s, name);

	if (v == NULL)
		return err_new(
			ERR_CONFIG,
			"no virtual host of Apache serves %s by plain HTTP, so there is nothing to redirect",
			name);
	TRY(apache_need_module(s, "rewrite"));
	struct apache_node *there = our_rule(v->node);

	if (there != NULL)
		return extend(v->file, there, name);
	bool on = (v->rewrite != APACHE_UNSET ? v->rewrite : s->config->main->rewrite) == APACHE_ON;
	AUTO(free) char *condition = condition_for(name);
	AUTO(free)
	char *text = str_fmt("%sRewriteCond %s\n%s", on ? "" : "RewriteEngine on\n", condition,
			     redirect_rule);

	v->rewrite = APACHE_ON;
	return add_rule(v, text);
}

/* --- headers and stapling --- */

/* Header [always|onsuccess] set|append|... NAME ...: whatever is said of the header is a person's decision. */
static bool is_about(const struct apache_node *n, const char *header)
{
	const char *rest = n->args;

	for (size_t i = 0; i < 3; i++) {
		AUTO(free) char *word = apache_word(&rest);

		if (word != NULL && streq_nocase(word, header))
			return true;
	}
	return false;
}

struct apache_node *apache_find_header(const struct apache_node *host, const char *name)
{
	for (struct apache_node *n = host->first; n != NULL; n = apache_next(n, host))
		if (apache_is(n, "Header") && is_about(n, name))
			return n;
	return NULL;
}

static struct err *header(struct apache_sites *s, const char *name, const char *which,
			  const char *value)
{
	struct apache_vhost *v = NULL;
	AUTO(free) char *line = str_fmt("Header always set %s %s\n", which, value);

	TRY(apache_pick_tls(&v, s, name));
	TRY(apache_need_module(s, "headers"));
	return apache_find_header(v->node, which) != NULL ? NULL
							  : apache_add_last(v->file, v->node, line);
}

static struct err *hsts(struct apache_sites *s, const char *name)
{
	return header(s, name, APACHE_HSTS, "\"max-age=31536000\"");
}

static struct err *uir(struct apache_sites *s, const char *name)
{
	return header(s, name, CSP, "upgrade-insecure-requests");
}

static bool has_cache(const struct apache_config *c)
{
	for (size_t i = 0; i < c->file_count; i++)
		for (const struct apache_node *n = c->files[i]->root; n != NULL;
		     n = apache_next(n, c->files[i]->root))
			if (apache_is(n, "SSLStaplingCache"))
				return true;
	return false;
}

/* The cache belongs to the whole server: it stands in front of the host, in the same <IfModule> or file. */
static struct err *staple(struct apache_sites *s, const char *name)
{
	struct apache_vhost *v = NULL;

	TRY(apache_pick_tls(&v, s, name));
	TRY(apache_need_module(s, "socache_shmcb"));
	if (!has_cache(s->config))
		TRY(apache_add_first(v->file, v->node->parent,
				     "SSLStaplingCache " STAPLING_CACHE "\n"));
	return find_line(v->node, "SSLUseStapling", "on") != NULL
		     ? NULL
		     : apache_add_last(v->file, v->node, "SSLUseStapling on\n");
}

typedef struct err *(*enhance_fn)(struct apache_sites *s, const char *name);

static const enhance_fn enhancements[] = {
	[ENHANCE_HSTS] = hsts,
	[ENHANCE_REDIRECT] = redirect,
	[ENHANCE_STAPLE] = staple,
	[ENHANCE_UIR] = uir,
};
static_assert(ARRAY_LEN(enhancements) == ENHANCEMENT_COUNT, "each enhancement");

struct err *apache_enhance(struct apache_sites *s, const char *name, enum enhancement what)
{
	return enhancements[what](s, name);
}
