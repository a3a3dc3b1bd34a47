#include "plugins/nginx/loop.h"

#include <string.h>

#define CONDITION "if ($scheme = http) {"

struct search {
	const struct loop_guard *guard;
	struct directive **items; /* what leads back */
	size_t count;
	bool content;   /* something that TLS can serve */
	bool challenge; /* in a location for challenges alone: its root is no site */
};

static void search_release(struct search *s)
{
	free(s->items);
}

AUTO_RELEASE(struct search, search_release)

/* --- what leads back --- */

static bool is_own_variable(const char *name, size_t len)
{
	static const char *const own[] = { "host", "http_host", "server_name" };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strlen(own[i]) == len && strncmp(own[i], name, len) == 0)
			return true;
	return false;
}

static bool is_own_name(const struct vhost *h, const char *text, size_t len)
{
	AUTO(free) char *name = xstrndup(text, len);

	for (size_t i = 0; i < h->names.count; i++)
		if (streq_nocase(h->names.items[i], name))
			return true;
	return false;
}

/* Of "$host", "${host}" and "a.test" what comes behind; NULL: another host. */
static const char *skip_own_host(const struct vhost *h, const char *url)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	bool braced = str_starts(url, "${");
	const char *at = url + (*url == '$') + braced;
	size_t len = *url == '$' ? strspn(at, letters) : strcspn(at, "/$:?");
	bool own = *url == '$' ? is_own_variable(at, len) : is_own_name(h, at, len);

	return own ? at + len + braced : NULL;
}

static bool leads_back(const struct vhost *h, const char *url)
{
	const char *rest = str_starts(url, "https://") ? skip_own_host(h, url + strlen("https://"))
						       : NULL;

	return rest != NULL &&
	       (*rest != ':' || strspn(rest + 1, "0123456789") == 0 || str_starts(rest, ":443"));
}

static const char *target_of(const struct directive *d)
{
	const char *word = NULL;

	if (directive_is(d, "return"))
		word = directive_word(d, d->word_count - 1);
	else if (directive_is(d, "rewrite"))
		word = directive_word(d, 2);
	return word != NULL ? word : "";
}

/* --- what else there is --- */

static bool is_content(const struct directive *d)
{
	static const char *const names[] = {
		"root",       "alias",     "try_files", "proxy_pass",     "fastcgi_pass",
		"uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass", "content_by_lua_block"
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (directive_is(d, names[i]))
			return true;
	return directive_is(d, "return") && d->word_count > 1 &&
	       strchr("23h", d->words[1].value[0]) != NULL;
}

static struct err *visit(void *search, struct directive *d);

static void add(struct search *s, struct directive *d)
{
	s->items = xrealloc(s->items, s->count + 1, sizeof(*s->items));
	s->items[s->count++] = d;
}

static struct err *visit_location(struct search *s, struct directive *d)
{
	const char *path = directive_word(d, d->word_count - 1);
	bool outer = s->challenge;

	s->challenge |= strstr(path, ".well-known") != NULL;
	TRY(config_each(s->guard->config, d, visit, s));
	s->challenge = outer;
	return NULL;
}

/* Of conditions those that TLS fulfils as well. */
static bool asks_for_host(const struct directive *d)
{
	const char *word = directive_word(d, 1);

	return word != NULL && (str_starts(word, "($host") || str_starts(word, "($http_host") ||
				str_starts(word, "($server_name"));
}

static struct err *visit(void *search, struct directive *d)
{
	struct search *s = search;

	if (directive_is(d, "location") && d->body == BODY_BLOCK && d->word_count > 1)
		return visit_location(s, d);
	if (directive_is(d, "if") && asks_for_host(d))
		return config_each(s->guard->config, d, visit, s);
	if (leads_back(s->guard->vhost, target_of(d)))
		add(s, d);
	else
		s->content |= is_content(d) && !s->challenge;
	return NULL;
}

/* --- prevention --- */

static struct err *nothing_to_serve(const struct loop_guard *g, const struct directive *d)
{
	AUTO(free) char *place = directive_place(d);

	return err_new(
		ERR_CONFIG,
		"%s: this leads requests for %s to https, where nothing else of its server block could be served: write a server block with "
		"the site itself and `listen 443 ssl; server_name %s; ssl_certificate %s; ssl_certificate_key %s;`, or put its root or "
		"locations into this one; then run this again",
		place, g->name, g->name, g->fullchain, g->key);
}

/* A snippet may be others' too, and conditions have no conditions inside. */
static bool is_editable(const struct directive *d)
{
	return d->parent != NULL && !directive_is(d->parent, "if");
}

static struct err *not_editable(const struct directive *d)
{
	AUTO(free) char *place = directive_place(d);

	return err_new(
		ERR_CONFIG,
		"%s: over TLS this redirect would lead to itself for ever: remove it and run this again with --redirect, which writes one "
		"for plain HTTP alone",
		place);
}

static struct err *check(const struct search *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!s->content)
			return nothing_to_serve(s->guard, s->items[i]);
		else if (!is_editable(s->items[i]))
			return not_editable(s->items[i]);
	return NULL;
}

struct err *loop_prevent(const struct loop_guard *g, struct edits *e)
{
	AUTO(search_release) struct search s = { .guard = g };

	TRY(config_each(g->config, g->vhost->block, visit, &s));
	TRY(check(&s));
	for (size_t i = 0; i < s.count; i++) {
		struct splices *edit = edits_in(e, s.items[i]->doc);

		splices_insert(edit, s.items[i]->words[0].start, CONDITION " ");
		splices_insert(edit, s.items[i]->end, " }");
	}
	return NULL;
}

bool loop_is_prevented(const struct directive *d)
{
	const char *variable = directive_word(d, 1);

	return directive_is(d, "if") && variable != NULL && str_starts(variable, "($scheme") &&
	       d->first != NULL && str_starts(target_of(d->first), "https://");
}
