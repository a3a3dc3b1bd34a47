/* The servers of the stream block, which pass connections on without looking into them. */
#pragma once

#include "base/str.h"
#include "plugins/nginx/config.h"

/* What a server says itself, or the stream block for all. */
struct stream_settings {
	bool preread;     /* ssl_preread */
	bool proxy_names; /* proxy_protocol: the client's address goes before the connection */
	bool proxy_tls;   /* proxy_ssl: TLS once more, to the upstream */
	bool proxy_bind;  /* from an address of its own */
	bool access;      /* allow, deny: whose connections are taken */
};

struct stream_server {
	struct directive *block;
	struct directive *pass; /* proxy_pass; NULL: none */
	bool ssl;               /* it ends TLS on one of its sockets */
	bool on_port;           /* one of its TCP sockets has the port that was asked for */
	struct stream_settings settings;
};

struct stream {
	struct directive *block; /* NULL: there is none */
	struct stream_server *servers;
	size_t count;
	struct strlist upstreams; /* their names */
	struct stream_settings settings;
};

/* Lent by c until its next edit. port: see on_port. */
MUST_CHECK struct err *stream_gather(struct stream *out, struct config *c, int64_t port);
void stream_release(struct stream *s);
/* The first server on port that passes connections on; NULL: none. What cannot be read there is told where it is needed. */
const struct directive *stream_passing(struct config *c, int64_t port);

AUTO_RELEASE(struct stream, stream_release)
