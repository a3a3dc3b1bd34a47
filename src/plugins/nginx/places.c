#include "plugins/nginx/places.h"

#include <string.h>

#include "plugins/nginx/pair.h"
#include "plugins/nginx/vhost.h"

/* By who knows nothing of the proxy in front: addresses, not names or unix sockets. */
static bool is_connectable(const struct socket *s)
{
	return !s->proxied &&
	       strspn(s->host, "0123456789.") + (strchr("*[", s->host[0]) != NULL) > 0;
}

/* nginx's "*" is IPv4. */
static const char *address_of(const struct socket *s)
{
	return streq(s->host, "*") ? "0.0.0.0" : s->host;
}

/* One for each kind of key. */
static struct err *add_endpoint(struct endpoints *out, struct config *c, const struct vhosts *v,
				const struct socket *s, const char *name)
{
	AUTO(pairs_release) struct pairs shown = { 0 };
	AUTO(strlist_release) struct strlist paths = { 0 };
	const struct vhost *h = NULL;
	bool by_name = false;

	TRY(socket_choose(&h, &by_name, s, name));
	if (!by_name)
		return NULL;
	TRY(pairs_shown(&shown, c, v, h));
	pairs_paths(&shown, c, &paths);
	if (paths.count == 0)
		return endpoints_add(out, name, address_of(s), s->port, NULL);
	for (size_t i = 0; i < paths.count; i++)
		TRY(endpoints_add(out, name, address_of(s), s->port, paths.items[i]));
	return NULL;
}

/* Behind a proxy, or on a socket that is no address. */
static struct err *note_unseen(struct endpoints *out, const struct socket *s, const char *name)
{
	const struct vhost *h = NULL;
	bool by_name = false;

	TRY(socket_choose(&h, &by_name, s, name));
	out->unseen |= by_name;
	return NULL;
}

struct err *places_find(struct endpoints *out, struct config *c, const char *name)
{
	AUTO(vhosts_release) struct vhosts v = { 0 };

	TRY(vhosts_gather(&v, c));
	for (size_t i = 0; i < v.socket_count; i++)
		if (v.sockets[i].ssl && is_connectable(&v.sockets[i]))
			TRY(add_endpoint(out, c, &v, &v.sockets[i], name));
		else if (v.sockets[i].ssl)
			TRY(note_unseen(out, &v.sockets[i], name));
	return NULL;
}
