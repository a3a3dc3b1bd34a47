/*
 * One request to the CA, from its route to its answer. Whoever has it answers it once, which frees it; everything it lends
 * lives until then. A handler that waits for the store passes the request along as the callback's context.
 */
#pragma once

#include "base/json.h"
#include "ca/ca.h"
#include "ca/http/resource.h"
#include "ca/jws/signed.h"
#include "net/server.h"

struct ca_request {
	struct ca_loop *loop;
	struct ca *ca; /* loop->ca */
	const struct resource *resource;
	const struct http_message *http;
	const struct address
		*peer;      /* who asked; behind a proxy that is trusted, whom it asked for */
	const char *base;   /* "https://ca.example.org": what stands before our paths in URLs */
	struct strlist ids; /* the path behind resource->path */
	const struct signed_request *jws; /* NULL: not a POST */
	/* A handler's own, for the time of the request. */
	void *state;
	void (*state_free)(void *state);
};

/* The id at this place of the path as a positive number; false: it is not one (to be answered like one that is unknown). */
MUST_CHECK bool ca_request_id(const struct ca_request *r, size_t place, int64_t *out);
/* "https://ca.example.org" + path. */
char *ca_url(const struct ca_request *r, const char *path_fmt, ...) PRINTF_LIKE(2, 3);
time_t ca_now(const struct ca_request *r);

/* Before the answer: one more header of it, one more Link (RFC 8288). */
void ca_header(struct ca_request *r, const char *name, const char *value);
void ca_link(struct ca_request *r, const char *relation, const char *url);
void ca_retry_after(struct ca_request *r, unsigned seconds);
/* A fresh Replay-Nonce, which answers to POST have anyway. */
void ca_fresh_nonce(struct ca_request *r);

/* The problem of what is not there: malformed, 404. */
MUST_CHECK NEVER_NULL struct err *ca_not_found(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Each frees r. Common headers (ca.md 5.1), the nonce and the line in the log are added here. */
void ca_answer_json(struct ca_request *r, int status, json_t *body); /* takes body */
void ca_answer_bytes(struct ca_request *r, int status, const char *type, const void *data,
		     size_t len);
/* The same without a copy; takes the loan. */
void ca_answer_lent(struct ca_request *r, int status, const char *type,
		    const struct http_loan *loan);
void ca_answer_empty(struct ca_request *r, int status);
/* Takes e. Its problem document if it has a URN; else it is logged and serverInternal is shown. Retry-After of e is sent.
 * ERR_BUSY without URN is 503. */
void ca_answer_error(struct ca_request *r, struct err *e);
