/* The server blocks, the sockets they listen on, and which of them answers for a name there. */
#pragma once

#include "base/str.h"
#include "plugins/nginx/config.h"
#include "plugins/nginx/listen.h"

struct vhost {
	struct directive *block;
	struct listen *listens; /* at least one */
	size_t listen_count;
	struct strlist names; /* as written; empty: "" */
	bool ssl_on;          /* the old "ssl on;" */
};

/* A socket that nginx has, and the blocks that share it. */
struct socket {
	const char *host; /* as in struct listen */
	unsigned port, last_port;
	bool proxied; /* speaks the PROXY protocol first */
	bool ssl;     /* one of them says so, and then it is so for all */
	bool dual;    /* takes IPv4 too */
	const struct vhost **members;
	size_t member_count;
	const struct vhost *fallback; /* default_server, or the first */
};

struct vhosts {
	struct directive *http; /* the http block; NULL: there is none */
	struct vhost **items;   /* in nginx's order */
	size_t count;
	struct socket *sockets;
	size_t socket_count;
};

/* Lent by c until its next edit. */
MUST_CHECK struct err *vhosts_gather(struct vhosts *out, struct config *c);
void vhosts_release(struct vhosts *v);

/* Who answers on this socket; *by_name (may be NULL) false: only because it is the default. */
MUST_CHECK struct err *socket_choose(const struct vhost **out, bool *by_name,
				     const struct socket *s, const char *name);
bool socket_has_port(const struct socket *s, int64_t port);
bool socket_has_member(const struct socket *s, const struct vhost *h);
bool vhosts_have_v6(const struct vhosts *v); /* does it listen on any IPv6 address? */
/* Is it on a socket that speaks TLS, on one that does not? Both may be. */
bool vhost_has_ssl(const struct vhosts *v, const struct vhost *h);
bool vhost_has_plain(const struct vhosts *v, const struct vhost *h);
bool vhost_has_ssl_on(const struct vhosts *v, const struct vhost *h, int64_t port);

/* Adds the names of all that a certificate can be asked for. */
void vhosts_names(struct strlist *out, const struct vhosts *v);

AUTO_RELEASE(struct vhosts, vhosts_release)
