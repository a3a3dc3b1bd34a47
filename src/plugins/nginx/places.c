#include "plugins/nginx/places.h"

#include <string.h>

#include "plugins/nginx/pair.h"
#include "plugins/nginx/vhost.h"

/* Addresses, not names or unix sockets. */
static bool is_connectable(const struct socket *s)
{
	return strspn(s->host, "0123456789.") + (strchr("*[", s->host[0]) != NULL) > 0;
}

/* A look for one name. */
struct look {
	struct config *config;
	const struct vhosts *vhosts;
	const char *name;
	struct endpoints *out;
};

static bool is_wide(const struct socket *s)
{
	return streq(s->host, "*") || streq(s->host, "[::]");
}

static struct err *note_elsewhere(const struct look *l, const struct socket *s)
{
	const struct vhost *h = NULL;
	bool by_name = false;

	TRY(socket_choose(&h, &by_name, s, l->name));
	AUTO(free) char *place = directive_place(h->block);
	AUTO(free) char *text = str_fmt("%s:%u (%s)", s->host, s->port, place);

	if (!by_name)
		(void)strlist_add_unique(&l->out->elsewhere, text);
	return NULL;
}

/* Sockets of single addresses with the port of this one, which get what comes to these. */
static struct err *narrower(struct strlist *out, const struct look *l, const struct socket *s)
{
	for (size_t i = 0; i < l->vhosts->socket_count; i++) {
		const struct socket *other = &l->vhosts->sockets[i];

		if (is_wide(other) || !socket_has_port(other, s->port))
			continue;
		strlist_add(out, other->host);
		TRY(note_elsewhere(l, other));
	}
	return NULL;
}

/* nginx's "*" is IPv4. */
static struct err *add_socket(const struct look *l, const struct socket *s, const char *fullchain)
{
	AUTO(strlist_release) struct strlist own = { 0 };
	const struct wide_socket wide = { streq(s->host, "*") ? "0.0.0.0" : s->host, s->port, &own,
					  false };

	if (!is_wide(s))
		return endpoints_add(l->out, l->name, s->host, s->port, fullchain);
	TRY(narrower(&own, l, s));
	return endpoints_add_wide(l->out, l->name, &wide, fullchain);
}

/* One for each kind of key. */
static struct err *add_endpoint(const struct look *l, const struct socket *s, const struct vhost *h)
{
	AUTO(pairs_release) struct pairs shown = { 0 };
	AUTO(strlist_release) struct strlist paths = { 0 };

	TRY(pairs_shown(&shown, l->config, l->vhosts, h));
	pairs_paths(&shown, l->config, &paths);
	if (paths.count == 0)
		return add_socket(l, s, NULL);
	for (size_t i = 0; i < paths.count; i++)
		TRY(add_socket(l, s, paths.items[i]));
	return NULL;
}

static struct err *add_known(const struct look *l, const struct socket *s, const struct vhost *h)
{
	const size_t before = l->out->count;

	TRY(add_endpoint(l, s, h));
	for (size_t i = before; i < l->out->count; i++)
		l->out->items[i].proxied = s->proxied;
	return NULL;
}

static struct err *look_at(const struct look *l, const struct socket *s)
{
	const struct vhost *h = NULL;
	bool by_name = false;

	TRY(socket_choose(&h, &by_name, s, l->name));
	if (!by_name)
		return NULL;
	if (is_connectable(s))
		return add_known(l, s, h);
	l->out->unseen = true;
	return NULL;
}

struct err *places_find(struct endpoints *out, struct config *c, const char *name)
{
	AUTO(vhosts_release) struct vhosts v = { 0 };
	const struct look l = { c, &v, name, out };

	TRY(vhosts_gather(&v, c));
	for (size_t i = 0; i < v.socket_count; i++)
		if (v.sockets[i].ssl)
			TRY(look_at(&l, &v.sockets[i]));
	return NULL;
}

struct err *places_have_port(bool *out, struct config *c, const char *name, unsigned port)
{
	AUTO(endpoints_release) struct endpoints at = { 0 };

	TRY(places_find(&at, c, name));
	*out = false;
	for (size_t i = 0; i < at.count; i++)
		*out |= address_port(&at.items[i].address) == port;
	return NULL;
}
