#include "net/pool.h"

#include <string.h>

#include "base/str.h"

/* Firewalls forget silent connections, and then a request on one is answered by nobody. */
enum { IDLE_MAX_MS = 60 * 1000 };

static bool is_origin(const struct origin *o, const struct url *u, const struct url *proxy)
{
	if (!url_same_origin(&o->url, u) || o->proxied != (proxy != NULL))
		return false;
	return proxy == NULL || url_same_origin(&o->proxy, proxy);
}

static void copy_url(struct url *to, const struct url *from)
{
	*to = (struct url){
		.scheme = xstrdup(from->scheme),
		.host = xstrdup(from->host),
		.port = from->port,
		.target = xstrdup("/"),
		.user = from->user != NULL ? xstrdup(from->user) : NULL,
		.password = from->password != NULL ? xstrdup(from->password) : NULL,
	};
}

struct origin *pool_origin(struct pool *p, const struct url *u, const struct url *proxy)
{
	for (size_t i = 0; i < p->origin_count; i++)
		if (is_origin(p->origins[i], u, proxy))
			return p->origins[i];
	struct origin *o = xcalloc(1, sizeof(*o));

	copy_url(&o->url, u);
	o->proxied = proxy != NULL;
	if (proxy != NULL)
		copy_url(&o->proxy, proxy);
	p->origins = xrealloc(p->origins, p->origin_count + 1, sizeof(struct origin *));
	p->origins[p->origin_count++] = o;
	return o;
}

static void remove_idle(struct pool *p, size_t i)
{
	p->idle_count--;
	memmove(&p->idle[i], &p->idle[i + 1], (p->idle_count - i) * sizeof(p->idle[0]));
}

struct connection *pool_take(struct pool *p, const struct origin *o, int64_t now_ms)
{
	for (size_t i = p->idle_count; i-- > 0;) {
		struct idle_connection entry = p->idle[i];

		if (connection_origin(entry.connection) != o)
			continue;
		remove_idle(p, i);
		if (now_ms - entry.since_ms < IDLE_MAX_MS && connection_is_idle(entry.connection))
			return entry.connection;
		connection_free(entry.connection);
	}
	return NULL;
}

void pool_put(struct pool *p, struct connection *c, int64_t now_ms)
{
	if (p->idle_count == ARRAY_LEN(p->idle)) {
		connection_free(p->idle[0].connection);
		remove_idle(p, 0);
	}
	p->idle[p->idle_count++] = (struct idle_connection){ .connection = c, .since_ms = now_ms };
}

static void origin_free(struct origin *o)
{
	url_release(&o->url);
	url_release(&o->proxy);
	SSL_SESSION_free(o->session);
	address_list_release(&o->addresses);
	free(o);
}

void pool_release(struct pool *p)
{
	for (size_t i = 0; i < p->idle_count; i++)
		connection_free(p->idle[i].connection);
	for (size_t i = 0; i < p->origin_count; i++)
		origin_free(p->origins[i]);
	free(p->origins);
	*p = (struct pool){ 0 };
}
