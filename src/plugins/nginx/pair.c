#include "plugins/nginx/pair.h"

#include <string.h>

#include "srv/key_family.h"

static bool is_option(const struct directive *d)
{
	static const char *const names[] = { "ssl_session_cache",         "ssl_session_timeout",
					     "ssl_session_tickets",       "ssl_protocols",
					     "ssl_prefer_server_ciphers", "ssl_ciphers" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (directive_is(d, names[i]))
			return true;
	return false;
}

static struct pair *pair_at(struct pairs *p, size_t i)
{
	if (i >= p->count) {
		p->items = xrealloc(p->items, i + 1, sizeof(*p->items));
		p->items[i] = (struct pair){ 0 };
		p->count = i + 1;
	}
	return &p->items[i];
}

struct reading {
	struct pairs *pairs;
	size_t certificates, keys;
};

static struct err *visit(void *reading, struct directive *d)
{
	struct reading *r = reading;

	if (directive_is(d, "ssl_certificate") && d->word_count == 2)
		pair_at(r->pairs, r->certificates++)->certificate = d;
	else if (directive_is(d, "ssl_certificate_key") && d->word_count == 2)
		pair_at(r->pairs, r->keys++)->key = d;
	else if (directive_is(d, "ssl_dhparam"))
		r->pairs->dhparam = d;
	r->pairs->options |= is_option(d);
	return NULL;
}

static struct err *read(struct pairs *out, struct config *c, struct directive *block)
{
	AUTO(pairs_release) struct pairs p = { 0 };
	struct reading r = { .pairs = &p };

	TRY(config_each(c, block, visit, &r));
	pairs_release(out);
	*out = p;
	p = (struct pairs){ 0 };
	return NULL;
}

struct err *pairs_read(struct pairs *out, struct config *c, const struct vhost *h)
{
	return read(out, c, h->block);
}

/* One certificate of its own, and the block inherits none. */
struct err *pairs_shown(struct pairs *out, struct config *c, const struct vhosts *v,
			const struct vhost *h)
{
	TRY(read(out, c, h->block));
	for (size_t i = 0; i < out->count; i++)
		if (out->items[i].certificate != NULL)
			return NULL;
	return v->http != NULL ? read(out, c, v->http) : NULL;
}

char *pair_path(const struct pair *p, const struct config *c)
{
	const char *word = p->certificate != NULL ? p->certificate->words[1].value : "$";

	if (strchr(word, '$') != NULL || str_starts(word, "data:"))
		return NULL;
	return config_path(c, word);
}

/* How well a certificate fits into the place of another. */
enum { FITS_ANY, FITS_UNKNOWN, FITS_FAMILY, FITS_PATH };

static int fit_of(const struct pair *p, const struct config *c, const char *fullchain,
		  const char *family)
{
	AUTO(free) char *path = pair_path(p, c);

	if (path != NULL && streq(path, fullchain))
		return FITS_PATH;
	const char *there = path != NULL ? key_family_of(path) : NULL;

	if (there == NULL)
		return FITS_UNKNOWN;
	return family != NULL && streq(there, family) ? FITS_FAMILY : FITS_ANY;
}

struct pair pairs_replaced(const struct pairs *p, const struct config *c, const char *fullchain)
{
	struct pair best = p->count > 0 ? p->items[0] : (struct pair){ 0 };
	const char *family = p->count > 1 ? key_family_of(fullchain) : NULL;
	int best_fit = -1;

	for (size_t i = 0; i < p->count && p->count > 1; i++) {
		int fit = fit_of(&p->items[i], c, fullchain, family);

		if (fit < best_fit)
			continue;
		best_fit = fit;
		best = p->items[i];
	}
	return best;
}

void pairs_paths(const struct pairs *p, const struct config *c, struct strlist *out)
{
	for (size_t i = 0; i < p->count; i++) {
		char *path = pair_path(&p->items[i], c);

		if (path != NULL)
			strlist_take(out, path);
	}
}

void pairs_release(struct pairs *p)
{
	free(p->items);
	*p = (struct pairs){ 0 };
}
