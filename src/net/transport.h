/*
 * HTTP exchanges, handed in: libacme, providers and ARI speak through this. `perform` runs a batch side by side; the CA
 * session decides how many at once. The real one is net/http_client.h; tests script their own.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/http1.h"

struct interrupt;

struct http_exchange {
	/* request, filled by the caller */
	const char *method; /* "GET", "HEAD", "POST" */
	const char *url;
	const char *content_type; /* NULL: none */
	const char *accept;       /* NULL: any */
	const char *body;         /* NULL: none */
	size_t body_len;
	size_t max_body; /* ceiling of the answer's body; 0: LIMIT_HTTP_BODY */
	bool idempotent; /* may be sent again when a kept connection turns out to be closed */
	/*
	 * > 0: a spare. Nothing is sent: one more connection is opened and kept for later when a round trip to the peer takes
	 * this long, which the first connection of the batch finds out. Otherwise, and when it cannot be had, nothing happens;
	 * err stays NULL and there is no answer.
	 */
	int spare_from_ms;
	int after_ms; /* sent no sooner than this long after the batch was begun */
	/* answer, filled by perform */
	struct err *err; /* owned; NULL: `answer` is valid */
	struct http_message answer;
	int64_t elapsed_ms; /* from the first byte sent to the whole answer */
	bool opened;        /* a spare: it is there now */
};

void http_exchange_release(struct http_exchange *x); /* err and answer */
AUTO_RELEASE(struct http_exchange, http_exchange_release)

struct transport {
	/*
	 * Runs all n exchanges, at most `width` connections to one origin at a time, each under the transport's own
	 * time limits. Failures of single exchanges are in x[i].err; the return value is only for what stops them all
	 * (ERR_INTERRUPTED). Redirects are not followed: a 3xx is an answer.
	 */
	struct err *(*perform)(struct transport *t, struct http_exchange *x, size_t n, size_t width,
			       const struct interrupt *stop);
	void (*free)(struct transport *t);
};

/* One exchange; its own error is returned and x->err left NULL. */
MUST_CHECK struct err *transport_one(struct transport *t, struct http_exchange *x,
				     const struct interrupt *stop);
