/*
 * One connection to one address, plain or TLS, on the event loop: within a ceiling by address, from a given source, in time.
 * It never resolves a name, so it leads where the caller has looked.
 *
 * Calls come from the loop, never from within channel_new() or channel_send(). In each of them the channel may be freed.
 */
#pragma once

#include <openssl/ssl.h>

#include "net/resolver.h"

struct channel;
struct clock;
struct event_base;
struct gate;

enum channel_phase {
	CHANNEL_WAITING,    /* at the gate */
	CHANNEL_CONNECTING, /* TCP */
	CHANNEL_HANDSHAKE,  /* TLS */
	CHANNEL_OPEN,
};

enum channel_cause {
	CHANNEL_TIMEOUT,
	CHANNEL_SYSTEM,    /* error: of errno */
	CHANNEL_CLOSED,    /* the peer closed before it should have */
	CHANNEL_ALERT,     /* error: the alert that the peer sent */
	CHANNEL_VERSION,   /* no common TLS version */
	CHANNEL_NOT_TLS,   /* see text */
	CHANNEL_SPEAKS_HTTP, /* plain HTTP where TLS belongs */
	CHANNEL_CERTIFICATE, /* see text; only with verify */
};

struct channel_failure {
	enum channel_phase phase;
	enum channel_cause cause;
	int error;
	const char *text; /* OpenSSL's reason; NULL. A loan */
};

struct channel_owner {
	void (*opened)(void *ctx);
	void (*received)(void *ctx, const char *data, size_t len);
	void (*ended)(void *ctx); /* the peer has said all it will: FIN, close_notify, or a FIN in its place */
	void (*failed)(void *ctx, const struct channel_failure *f);
	void *ctx;
};

/* Lent for the life of the channel, but for the addresses, which are copied. */
struct channel_options {
	struct event_base *base;
	const struct clock *clock;
	struct gate *gate; /* NULL: none */
	const struct address *to;
	const struct address *from; /* NULL: the system's choice */
	int connect_ms;             /* for TCP, and again for TLS */
	int64_t left_ms;            /* for everything, from now on */
	SSL_CTX *tls;               /* NULL: plain */
	const char *server_name;    /* to ask for; NULL: none */
	const char *protocol;       /* ALPN; NULL: none */
	bool verify;                /* the certificate must name server_name, which may be an address */
	struct channel_owner owner;
};

struct channel *channel_new(const struct channel_options *o);
/* Closes. */
void channel_free(struct channel *c);

/* Once opened; what cannot be sent at once is kept and sent later. */
void channel_send(struct channel *c, const void *data, size_t len);
/* From now on. */
void channel_set_left(struct channel *c, int64_t left_ms);

SSL *channel_tls(const struct channel *c); /* NULL: plain, or no TLS yet */
int64_t channel_connected_ms(const struct channel *c); /* monotonic, of TCP; -1: not yet */

AUTO_FREE(struct channel, channel_free)
