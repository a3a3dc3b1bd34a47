#include "plugins/nginx/vhost.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "plugins/nginx/server_name.h"

struct gathering {
	struct config *config;
	struct vhosts *vhosts;
	struct vhost *current;
};

static struct err *add_listen(struct vhost *h, struct directive *d)
{
	struct listen l = { 0 };

	TRY(listen_read(&l, d));
	h->listens = xrealloc(h->listens, h->listen_count + 1, sizeof(*h->listens));
	h->listens[h->listen_count++] = l;
	return NULL;
}

static void listen_by_default(struct vhost *h)
{
	h->listens = xcalloc(1, sizeof(*h->listens));
	h->listens[0] = (struct listen){ .host = xstrdup("*"), .port = 80, .last_port = 80 };
	h->listen_count = 1;
}

/* Of the variables nginx knows only this one here, as a whole word; it stands for the machine's name, in lower case. */
static void add_name(struct vhost *h, const char *word)
{
	char host[HOST_NAME_MAX + 1] = "";

	if (!streq(word, "$hostname") || gethostname(host, sizeof(host) - 1) != 0) {
		strlist_add(&h->names, word);
		return;
	}
	str_lower(host);
	strlist_add(&h->names, host);
}

static struct err *visit_in_server(void *gathering, struct directive *d)
{
	struct gathering *g = gathering;

	if (directive_is(d, "listen"))
		return add_listen(g->current, d);
	if (directive_is(d, "server_name"))
		for (size_t i = 1; i < d->word_count; i++)
			add_name(g->current, d->words[i].value);
	if (directive_is(d, "ssl") && d->word_count == 2)
		g->current->ssl_on = streq(d->words[1].value, "on");
	return NULL;
}

/* --- sockets --- */

static struct socket *socket_of(struct vhosts *v, const struct listen *l)
{
	for (size_t i = 0; i < v->socket_count; i++) {
		struct socket *s = &v->sockets[i];

		if (s->port == l->port && s->last_port == l->last_port && streq(s->host, l->host))
			return s;
	}
	v->sockets = xrealloc(v->sockets, v->socket_count + 1, sizeof(*v->sockets));
	v->sockets[v->socket_count] =
		(struct socket){ .host = l->host, .port = l->port, .last_port = l->last_port };
	return &v->sockets[v->socket_count++];
}

static bool is_power_of_two(size_t n)
{
	return (n & (n - 1)) == 0;
}

static void join(struct vhosts *v, const struct vhost *h, const struct listen *l)
{
	struct socket *s = socket_of(v, l);
	size_t n = s->member_count;

	if (n == 0 || l->is_default)
		s->fallback = h;
	s->ssl |= l->ssl || h->ssl_on;
	s->proxied |= l->proxied;
	s->dual |= l->dual;
	if (is_power_of_two(n))
		s->members = xrealloc(s->members, n > 0 ? 2 * n : 1, sizeof(*s->members));
	s->members[s->member_count++] = h;
}

/* HTTP/3 has a socket of its own kind: it answers no CA. */
static void join_all(struct vhosts *v, const struct vhost *h)
{
	for (size_t i = 0; i < h->listen_count; i++)
		if (!h->listens[i].quic)
			join(v, h, &h->listens[i]);
}

/* --- gathering --- */

static struct vhost *add_vhost(struct vhosts *v, struct directive *block)
{
	struct vhost *h = xcalloc(1, sizeof(*h));

	h->block = block;
	if (is_power_of_two(v->count))
		v->items = xrealloc(v->items, v->count > 0 ? 2 * v->count : 1,
				    sizeof(struct vhost *));
	v->items[v->count++] = h;
	return h;
}

static struct err *visit_in_http(void *gathering, struct directive *d)
{
	struct gathering *g = gathering;

	if (!directive_is(d, "server") || d->body != BODY_BLOCK)
		return NULL;
	g->current = add_vhost(g->vhosts, d);
	TRY(config_each(g->config, d, visit_in_server, g));
	if (g->current->listen_count == 0)
		listen_by_default(g->current);
	join_all(g->vhosts, g->current);
	return NULL;
}

static struct err *visit_main(void *gathering, struct directive *d)
{
	struct gathering *g = gathering;

	if (!directive_is(d, "http") || d->body != BODY_BLOCK)
		return NULL;
	g->vhosts->http = d;
	return config_each(g->config, d, visit_in_http, g);
}

struct err *vhosts_gather(struct vhosts *out, struct config *c)
{
	AUTO(vhosts_release) struct vhosts v = { 0 };
	struct gathering g = { .config = c, .vhosts = &v };

	TRY(config_each(c, NULL, visit_main, &g));
	*out = v;
	v = (struct vhosts){ 0 };
	return NULL;
}

static void vhost_free(struct vhost *h)
{
	for (size_t i = 0; i < h->listen_count; i++)
		listen_release(&h->listens[i]);
	free(h->listens);
	strlist_release(&h->names);
	free(h);
}

void vhosts_release(struct vhosts *v)
{
	for (size_t i = 0; i < v->socket_count; i++)
		free(v->sockets[i].members);
	for (size_t i = 0; i < v->count; i++)
		vhost_free(v->items[i]);
	free(v->sockets);
	free(v->items);
	*v = (struct vhosts){ 0 };
}

/* --- choosing --- */

static struct fit best_fit(const struct vhost *h, const char *name)
{
	struct fit best = { FIT_NONE, 0 };

	for (size_t i = 0; i < h->names.count; i++) {
		struct fit f = server_name_fit(h->names.items[i], name);

		if (fit_is_better(&f, &best))
			best = f;
	}
	return best;
}

/* Of equals the first: nginx ignores the others, with a warning. */
static const struct vhost *choose_by_words(const struct socket *s, const char *name)
{
	const struct vhost *chosen = NULL;
	struct fit best = { FIT_NONE, 0 };

	for (size_t i = 0; i < s->member_count; i++) {
		struct fit f = best_fit(s->members[i], name);

		if (f.kind == FIT_NONE || !fit_is_better(&f, &best))
			continue;
		best = f;
		chosen = s->members[i];
	}
	return chosen;
}

static struct err *regex_fits(bool *out, const struct vhost *h, const char *name)
{
	bool fits = false;

	for (size_t i = 0; i < h->names.count && !fits; i++)
		if (server_name_is_regex(h->names.items[i]))
			TRY(server_name_regex_fits(&fits, h->names.items[i], name));
	*out = fits;
	return NULL;
}

static struct err *choose_by_regex(const struct vhost **out, const struct socket *s,
				   const char *name)
{
	bool fits = false;

	for (size_t i = 0; i < s->member_count && !fits; i++) {
		TRY(regex_fits(&fits, s->members[i], name));
		if (fits)
			*out = s->members[i];
	}
	return NULL;
}

struct err *socket_choose(const struct vhost **out, bool *by_name, const struct socket *s,
			  const char *name)
{
	const struct vhost *chosen = choose_by_words(s, name);

	if (chosen == NULL)
		TRY(choose_by_regex(&chosen, s, name));
	if (by_name != NULL)
		*by_name = chosen != NULL;
	*out = chosen != NULL ? chosen : s->fallback;
	return NULL;
}

bool socket_has_port(const struct socket *s, int64_t port)
{
	return s->port <= port && port <= s->last_port;
}

bool vhosts_have_v6(const struct vhosts *v)
{
	for (size_t i = 0; i < v->socket_count; i++)
		if (v->sockets[i].host[0] == '[')
			return true;
	return false;
}

bool socket_has_member(const struct socket *s, const struct vhost *h)
{
	for (size_t i = 0; i < s->member_count; i++)
		if (s->members[i] == h)
			return true;
	return false;
}

static bool is_on_one(const struct vhosts *v, const struct vhost *h, bool ssl)
{
	for (size_t i = 0; i < v->socket_count; i++)
		if (v->sockets[i].ssl == ssl && socket_has_member(&v->sockets[i], h))
			return true;
	return false;
}

bool vhost_has_ssl(const struct vhosts *v, const struct vhost *h)
{
	return is_on_one(v, h, true);
}

bool vhost_has_plain(const struct vhosts *v, const struct vhost *h)
{
	return is_on_one(v, h, false);
}

bool vhost_has_ssl_on(const struct vhosts *v, const struct vhost *h, int64_t port)
{
	for (size_t i = 0; i < v->socket_count; i++)
		if (v->sockets[i].ssl && socket_has_port(&v->sockets[i], port) &&
		    socket_has_member(&v->sockets[i], h))
			return true;
	return false;
}

/* What a certificate can be asked for. */
static bool is_host_name(const char *name)
{
	return strchr(name, '.') != NULL && strspn(name, "0123456789.") != strlen(name) &&
	       strpbrk(name, "~$:_/[]\\^") == NULL && !str_ends(name, ".*");
}

void vhosts_names(struct strlist *out, const struct vhosts *v)
{
	for (size_t i = 0; i < v->count; i++)
		for (size_t k = 0; k < v->items[i]->names.count; k++) {
			const char *name = v->items[i]->names.items[k];

			if (is_host_name(name))
				(void)strlist_add_unique(out, name + (*name == '.'));
		}
}
