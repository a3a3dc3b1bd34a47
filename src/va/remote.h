/*
 * A perspective elsewhere: asked by HTTP over mutual TLS, over connections that are kept. Inside of va/ only.
 */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"
#include "base/json.h"

struct clock;
struct event_base;
struct remote;
struct remote_call;
struct resolver;

/* All lent for the life of the remote, but for tls, of which it keeps its own reference. */
struct remote_options {
	struct event_base *base;
	const struct clock *clock;
	struct resolver *resolver; /* asked here, once; NULL: only literals */
	const char *url;
	SSL_CTX *tls;
	int connect_ms;
};

/* ERR_CONFIG: no https URL without a path; ERR_NETWORK: a host without address. */
MUST_CHECK struct err *remote_new(struct remote **out, const struct remote_options *o);
/* Calls under way are dropped. */
void remote_free(struct remote *r);

/* Either is the callee's: what came between, or the JSON that was answered. */
typedef void remote_done(void *ctx, struct err *e, json_t *answer);

/* POST of question to path; done is called from the loop, never from within. */
struct remote_call *remote_ask(struct remote *r, const char *path, const json_t *question,
			       int timeout_ms, remote_done *done, void *ctx);
void remote_call_cancel(struct remote_call *call); /* done will not be called */

AUTO_FREE(struct remote, remote_free)
