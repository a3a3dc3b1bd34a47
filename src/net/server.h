/*
 * An HTTP server on libevent: the strict codec, deadlines, bounded connections, TLS by a context that is handed in.
 *
 * A request is answered when its handler is ready: in the call, or later from the same loop. Whoever asked may be gone by
 * then, which is the server's to know. On one connection requests are handled one after the other.
 * It runs on a loop of its own in a thread of its own (server_start), or on the caller's loop (base): then every call is
 * made from that loop's thread.
 */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"
#include "net/http1.h"
#include "net/resolver.h"

struct clock;
struct event_base;
struct server;
struct server_request; /* lives until it is answered */

struct server_options {
	/* Must lead to one server_reply(), now or later. */
	void (*handle)(void *ctx, struct server_request *r);
	void *ctx;
	/*
	 * What is answered to bytes that are no request, before the connection ends: status and a body of text with its
	 * Content-Type are there, and may be replaced. NULL: they stay.
	 */
	void (*refuse)(void *ctx, const struct address *peer, struct http_message *answer);
	struct event_base *base;   /* NULL: its own */
	bool reuse_port;           /* several servers of this process share a port (SO_REUSEPORT) */
	size_t max_connections;    /* 0: LIMIT_SERVER_CONNECTIONS; one more closes the one that was quiet longest */
	int idle_timeout_ms;       /* 0: LIMIT_SERVER_IDLE_MS; between requests, and for an answer to be taken; a large one has more */
	int header_timeout_ms;     /* 0: idle_timeout_ms; from a connection's or request's first byte to its last header */
	int body_timeout_ms;       /* 0: idle_timeout_ms; for a whole body */
	const struct http_limits *limits; /* NULL: http_default_limits */
	const struct clock *clock; /* NULL: the system's; for Date */
};

MUST_CHECK struct err *server_new(struct server **out, const struct server_options *o);
/* Bind and listen. v6_only off: "::" takes both families where the system does. ERR_BUSY names the program that holds the
 * port ("nginx, PID 812"), ERR_PERMISSION says to use root or another port. Port 0: the system picks one. */
MUST_CHECK struct err *server_listen(struct server *s, const char *address, unsigned port);
/* The same for TLS; keeps its own reference of tls. */
MUST_CHECK struct err *server_listen_tls(struct server *s, const char *address, unsigned port, SSL_CTX *tls);
/* New connections of every TLS listener use this context from now on. */
void server_set_tls(struct server *s, SSL_CTX *tls);
unsigned server_port(const struct server *s);          /* of the last server_listen() */
MUST_CHECK struct err *server_start(struct server *s); /* in its own thread; not with options.base */
/* Takes no more connections, closes quiet ones, lets the others have their answer; then calls done (may be NULL). */
void server_drain(struct server *s, void (*done)(void *ctx), void *ctx);
size_t server_connections(const struct server *s);
/* Stops, joins, closes; requests that are still open may be answered (to nobody). With options.base the loop has to turn
 * once more (EVLOOP_NONBLOCK) before it is freed, or connections that libevent holds are lost. */
void server_free(struct server *s);

/* Loans until server_reply(). */
const struct http_message *server_request_message(const struct server_request *r);
const struct address *server_request_peer(const struct server_request *r);
SSL *server_request_tls(const struct server_request *r); /* NULL: plain, or the peer is gone */
/* Sends status, headers and body, and frees r. Adds Date and what keeps or ends the connection to answer; HEAD gets no body. */
void server_reply(struct server_request *r, struct http_message *answer);

AUTO_FREE(struct server, server_free)
