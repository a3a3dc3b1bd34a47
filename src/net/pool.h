/* The origins a client has spoken with, and its idle connections: the one used last is used first. */
#pragma once

#include "base/limits.h"
#include "net/connection.h"

struct idle_connection {
	struct connection *connection;
	int64_t since_ms;
};

struct pool {
	struct origin **origins;
	size_t origin_count;
	struct idle_connection idle[LIMIT_CONNECTIONS];
	size_t idle_count;
};

/* The origin of u through that proxy (NULL: none), made when it is new. A loan for the pool's life. */
struct origin *pool_origin(struct pool *p, const struct url *u, const struct url *proxy);

/* An idle connection that the peer has left open, or NULL. The caller's. */
struct connection *pool_take(struct pool *p, const struct origin *o, int64_t now_ms);
/* Takes c. Over the ceiling the one that is idle longest is closed. */
void pool_put(struct pool *p, struct connection *c, int64_t now_ms);

void pool_release(struct pool *p);
