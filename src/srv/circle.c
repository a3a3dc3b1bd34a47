#include "srv/circle.h"

#include <string.h>

#include "net/url.h"
#include "srv/answer.h"

enum { STEPS = 6, BUDGET_MS = 5000, HTTP = 80, HTTPS = 443 };

struct guide {
	const struct world *world;
	const struct circle_search *search;
	struct tls_client *tls;
	int64_t until_ms;
};

static void guide_release(struct guide *g)
{
	tls_client_free(g->tls);
}

AUTO_RELEASE(struct guide, guide_release)

static struct err *guide_init(struct guide *g, const struct world *w, const struct circle_search *s)
{
	*g = (struct guide){ .world = w,
			     .search = s,
			     .until_ms = world_monotonic_ms(w) + BUDGET_MS };
	return tls_client_new(&g->tls, &(struct tls_trust){ .no_verify = true });
}

/* Where a URL of the name is asked for; what is not a port of this server's is another's matter. */
static bool find_place(struct answer_question *q, struct address *to, const struct guide *g,
		       const struct endpoint *at, const struct url *u)
{
	bool tls = streq(u->scheme, "https");
	unsigned http = g->search->http_port != 0 ? g->search->http_port : HTTP;
	unsigned own = tls ? address_port(&at->address) : http;

	if (!streq(u->host, at->name) || (u->port != (tls ? HTTPS : HTTP) && u->port != own))
		return false;
	*to = at->address;
	address_set_port(to, own);
	*q = (struct answer_question){ .at = to,
				       .name = at->name,
				       .path = u->target,
				       .tls = tls ? g->tls : NULL,
				       .proxied = at->proxied };
	return true;
}

static const char *target_of(const struct http_message *m)
{
	static const int statuses[] = { 301, 302, 303, 307, 308 };

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (m->status == statuses[i] && http_headers_get(&m->headers, "Set-Cookie") == NULL)
			return http_headers_get(&m->headers, "Location");
	return NULL;
}

/* Where it leads from here; *led false: nowhere. */
static struct err *step(struct url *next, bool *led, const struct guide *g,
			const struct endpoint *at, const struct url *from)
{
	AUTO(http_message_release) struct http_message m = { 0 };
	struct answer_question q;
	struct address to;

	*led = false;
	if (!find_place(&q, &to, g, at, from))
		return NULL;
	struct err *e = answer_get(&m, g->world, &q);

	if (e != NULL && err_is(e, ERR_INTERRUPTED))
		return e;
	err_ignore(e);
	const char *target = target_of(&m);

	if (target == NULL)
		return NULL;
	e = url_resolve(next, from, target);
	*led = e == NULL;
	err_ignore(e);
	return NULL;
}

/* *way: "https://a.test/ -> http://a.test/ -> https://a.test/"; NULL: it comes to an end. */
static struct err *follow(char **way, const struct guide *g, const struct endpoint *at)
{
	AUTO(strlist_release) struct strlist seen = { 0 };
	AUTO(url_release) struct url here = { 0 };
	AUTO(free) char *start = str_fmt("https://%s/", at->name);
	bool led = true;

	*way = NULL;
	err_ignore(url_parse(&here, start));
	for (int i = 0; i < STEPS && led && here.host != NULL; i++) {
		AUTO(url_release) struct url next = { 0 };
		AUTO(free) char *text = url_text(&here);
		bool back = strlist_has(&seen, text);

		strlist_add(&seen, text);
		if (back) {
			*way = strlist_join(&seen, " -> ");
			return NULL;
		}
		TRY(step(&next, &led, g, at, &here));
		url_release(&here);
		here = next;
		next = (struct url){ 0 };
	}
	return NULL;
}

static bool is_asked_before(const struct endpoints *at, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (streq(at->items[k].name, at->items[i].name))
			return true;
	return false;
}

/* The next name from *i on, but for those to be skipped, that leads to itself, and how; *way NULL: there is none. */
static struct err *next_circle(size_t *i, char **way, const struct guide *g,
			       const struct strlist *skipped)
{
	const struct endpoints *at = g->search->at;

	*way = NULL;
	for (; *i < at->count && world_monotonic_ms(g->world) < g->until_ms; ++*i) {
		if (is_asked_before(at, *i) || strlist_has(skipped, at->items[*i].name))
			continue;
		TRY(follow(way, g, &at->items[*i]));
		if (*way != NULL)
			return NULL;
	}
	return NULL;
}

struct err *circles_find(struct strlist *out, const struct world *w, const struct circle_search *s)
{
	static const struct strlist none = { 0 };
	AUTO(guide_release) struct guide g = { 0 };

	TRY(guide_init(&g, w, s));
	for (size_t i = 0;; i++) {
		AUTO(free) char *way = NULL;

		TRY(next_circle(&i, &way, &g, &none));
		if (way == NULL)
			return NULL;
		strlist_add(out, s->at->items[i].name);
	}
}

static struct err *circle(const char *name, const char *way)
{
	bool both = strstr(way, " http://") != NULL;

	return err_new(
		ERR_CHALLENGE,
		"%s leads to itself: %s. A redirect to HTTPS that HTTPS has too (by an included file, .htaccess, an application) must be "
		"for plain HTTP only%s",
		name, way,
		both ? "; where it is HTTPS that leads to HTTP, --no-redirect has HTTP lead nowhere"
		     : "");
}

struct err *circles_refuse(const struct world *w, const struct circle_search *s,
			   const struct strlist *before)
{
	AUTO(guide_release) struct guide g = { 0 };
	AUTO(free) char *way = NULL;
	size_t i = 0;

	TRY(guide_init(&g, w, s));
	TRY(next_circle(&i, &way, &g, before));
	return way != NULL ? circle(s->at->items[i].name, way) : NULL;
}
