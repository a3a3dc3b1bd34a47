#include "plugins/apache/put_out.h"

#include <string.h>

#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"

#define HTTPS "https://"

/* To another host it may lead by HTTPS too. Whose name is made when a request comes is taken for this one. */
static bool is_of_host(const struct apache_vhost *v, const char *url)
{
	const char *host = url + strlen(HTTPS);
	AUTO(free) char *name = xstrndup(host, strcspn(host, "/:?"));

	return v->name == NULL || strpbrk(name, "%$") != NULL || apache_vhost_fit(v, name) > 0;
}

/* What redirects, and which of its words may be the target: in a <Location> there may be no path before it. */
static const struct {
	const char *name;
	int first, last;
} redirecting[] = {
	{ "RewriteRule", 1, 1 },  { "Redirect", 0, 2 },      { "RedirectPermanent", 0, 1 },
	{ "RedirectTemp", 0, 1 }, { "RedirectMatch", 1, 2 },
};

static bool leads_to(const struct apache_node *n, int first, int last,
		     const struct apache_vhost *plain)
{
	const char *rest = n->args;

	for (int i = 0; i <= last; i++) {
		AUTO(free) char *word = apache_word(&rest);

		if (word != NULL && i >= first && str_starts(word, HTTPS))
			return is_of_host(plain, word);
	}
	return false;
}

static bool leads_back(const struct apache_node *n, const struct apache_vhost *plain)
{
	for (size_t i = 0; i < ARRAY_LEN(redirecting); i++)
		if (apache_is(n, redirecting[i].name))
			return leads_to(n, redirecting[i].first, redirecting[i].last, plain);
	return false;
}

static bool is_condition_of(const struct apache_node *n)
{
	return n != NULL && (apache_is(n, "RewriteCond") || n->kind == APACHE_COMMENT ||
			     n->kind == APACHE_BLANK);
}

/* With the conditions that stand before it. In sections too: a person's <If> or <Directory> stays, without it. */
static void put_out(struct apache_file *f, struct apache_node *rule)
{
	for (struct apache_node *n = rule->prev; is_condition_of(n); n = n->prev)
		if (apache_is(n, "RewriteCond"))
			apache_comment_out(f, n);
	apache_comment_out(f, rule);
}

static size_t put_out_redirects(struct apache_file *f, struct apache_node *host,
				const struct apache_vhost *plain)
{
	size_t count = 0;

	for (struct apache_node *n = host->first; n != NULL; n = apache_next(n, host)) {
		if (n->kind != APACHE_DIRECTIVE || !leads_back(n, plain))
			continue;
		put_out(f, n);
		count++;
	}
	return count;
}

/* A name that may be defined once in all of httpd; who has the same ServerName may use it (mod_wsgi). */
static size_t put_out_daemons(struct apache_file *f, struct apache_node *host)
{
	size_t count = 0;

	for (struct apache_node *n = host->first; n != NULL; n = apache_next(n, host)) {
		if (n->kind != APACHE_DIRECTIVE || !apache_is(n, "WSGIDaemonProcess"))
			continue;
		apache_comment_out(f, n);
		count++;
	}
	return count;
}

void apache_put_out(struct change *c, struct apache_file *f, struct apache_node *host,
		    const struct apache_vhost *plain)
{
	size_t redirects = put_out_redirects(f, host, plain);
	size_t daemons = put_out_daemons(f, host);

	if (redirects > 0)
		change_note(
			c,
			"%zu redirects to HTTPS of %s are comments in %s, where they would lead in a circle",
			redirects, plain->shown, f->path);
	if (daemons > 0)
		change_note(
			c,
			"%zu WSGIDaemonProcess of %s are comments in %s, which uses the same processes",
			daemons, plain->shown, f->path);
}
