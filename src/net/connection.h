/*
 * One connection of the HTTP client: dialling, perhaps a proxy's tunnel, TLS, then one exchange after another. Nothing here
 * blocks: the owner polls for what connection_poll() names and calls connection_step().
 */
#pragma once

#include <openssl/ssl.h>
#include <poll.h>
#include <stdint.h>

#include "net/dial.h"
#include "net/http1.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "net/url.h"

/* Where connections lead, and what they share. */
struct origin {
	struct url url; /* its scheme, host and port count */
	struct url proxy;
	bool proxied;
	const char *preface;  /* a line that goes before all else; NULL: none */
	SSL_SESSION *session; /* to resume; NULL: none yet */
	struct address_list
		addresses; /* of the host or the proxy; the one that answered last is first */
	int64_t resolved_ms;
	int64_t rtt_ms;    /* of the last connection made: a round trip for TCP, one for TLS */
	bool rtt_is_known; /* false: rtt_ms is what TCP alone told, or nothing yet */
};

struct connection;

/* tls may be NULL for plain HTTP. All lent, for the connection's life. */
struct connection *connection_new(struct origin *o, const struct tls_client *tls);
void connection_free(struct connection *c);

struct origin *connection_origin(const struct connection *c);

/* Starts an exchange on a connection that is new or has finished one. Takes request; limits are copied. Without it, a new
 * connection is done when it is ready to send. */
void connection_begin(struct connection *c, struct buf *request, const struct http_limits *limits,
		      bool no_body);

enum { CONNECTION_FDS = DIAL_WIDTH };
size_t connection_poll(const struct connection *c, struct pollfd fds[CONNECTION_FDS]);
int64_t connection_wake_ms(const struct connection *c);

/* *done: the whole answer is there. Errors say what was being done with whom. */
MUST_CHECK struct err *connection_step(struct connection *c, int64_t now_ms, bool *done);
void connection_take(struct connection *c, struct http_message *answer);

bool connection_is_connecting(const struct connection *c); /* not yet ready to send */
/* If it is still connecting at this instant, a round trip takes rtt_ms or more. */
int64_t connection_far_at_ms(const struct connection *c, int rtt_ms);
bool connection_sent_any(const struct connection *c);         /* of the current request */
bool connection_heard_any(const struct connection *c);        /* of its answer */
int64_t connection_first_byte_ms(const struct connection *c); /* when the request began to go out */

/* After connection_take(): may it be kept? Later: is it still open? */
bool connection_can_be_kept(const struct connection *c);
bool connection_is_idle(struct connection *c);

/* "connecting to ca.test (127.0.0.1:443)", "reading the answer's headers from ...": for errors and the log. */
char *connection_doing(const struct connection *c);

AUTO_FREE(struct connection, connection_free)
