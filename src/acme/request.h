/*
 * Requests to the CA: signed, sent, understood. What may be repeated is repeated here (badNonce, a
 * short Retry-After); what comes back is an answer of 2xx or an error.
 */
#pragma once

#include "acme/inside.h"

/* A rate limit or an overload that ends within this many seconds is waited for, once a request. */
#define REQUEST_WAIT_MAX_S 10

enum request_kind {
	REQUEST_BY_ACCOUNT, /* POST signed by the account, "kid" (RFC 8555 §6.2) */
	REQUEST_BY_KEY,     /* POST with the key in it, "jwk" */
	REQUEST_PLAIN,      /* GET, not signed */
	REQUEST_HEAD,       /* HEAD, not signed */
};

struct request {
	enum request_kind kind;
	const char *what; /* for messages: "new order" */
	const char *url;
	const char *payload;         /* JSON; NULL: POST-as-GET (RFC 8555 §6.3) */
	const struct signer *signer; /* NULL: the session's */
	const char *accept;          /* NULL: any */
	size_t max_body;             /* 0: LIMIT_HTTP_BODY */
	size_t spares;               /* connections to open beside it, if the CA is far away */
	int after_ms;                /* sent this long after the requests it goes beside */
	bool limit_is_final;         /* rateLimited is an error at once, however short the wait */
	bool waited;                 /* has waited for a limit; from the start: it never shall */
	bool remembered;             /* the session's memory hears of its URL before it is sent */
	bool once;                   /* makes something: not sent again when its answer is lost */

	struct err *err; /* NULL: answer is a 2xx */
	struct http_message answer;

	unsigned bad_nonces; /* inside */
	bool done;
};

/*
 * All of them, side by side as far as that saves time; each has its own err. Returns only what
 * stops everything.
 */
MUST_CHECK struct err *request_run(struct acme_session *s, struct request *r, size_t n);
/* One; its error is the result. */
MUST_CHECK struct err *request_one(struct acme_session *s, struct request *r);
/* The answer's JSON value; ERR_PROTOCOL when it is something else. */
MUST_CHECK struct err *request_json(json_t **out, const struct request *r);
/* The Location header as a URL (RFC 8555 §7.4); ERR_PROTOCOL when there is none. */
MUST_CHECK struct err *request_location(char **out, const struct acme_session *s,
					const struct request *r);
/*
 * Opens connections and gathers nonces (HEAD newNonce) for an order of so many names where a round trip is
 * long: for its authorizations side by side, and for a look at the order beside them.
 */
MUST_CHECK struct err *request_warm_up(struct acme_session *s, size_t names);
void request_release(struct request *r);

AUTO_RELEASE(struct request, request_release)
