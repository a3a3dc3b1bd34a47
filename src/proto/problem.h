/*
 * Problem documents (RFC 7807, RFC 8555 §6.7) <-> struct err. One row a type: HTTP status, may it
 * help to retry, a hint for people.
 */
#pragma once

#include "base/err.h"
#include "base/json.h"

struct problem_type {
	const char *type;   /* behind urn:ietf:params:acme:error: */
	int http_status;    /* what a CA sends with it */
	bool retry;         /* the same request may succeed later */
	const char *meaning; /* short, for when the server gives no detail */
	const char *hint;   /* what people can do; NULL if nothing in general */
};

const struct problem_type *problem_type(const char *type); /* NULL for one that no row knows: never fatal */

/*
 * A problem of ours, to be shown to a client: ERR_PROBLEM, its URN made of type ("malformed"), its detail the text.
 * http_status is what the row of the type says.
 */
MUST_CHECK NEVER_NULL struct err *problem_new(const char *type, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

/* Always yields an error (ERR_PROBLEM with urn, detail, identifier, subproblems; a document without a type has RFC 7807's
 * "about:blank"); a body that is no problem document gives ERR_PROTOCOL with the status and the
 * start of the body, made printable. Fields of a wrong type are as good as absent: an error must
 * not hide behind an error. */
MUST_CHECK struct err *problem_to_err(int http_status, const char *body, size_t len);
/* The same from a JSON object inside another (challenge.error, order.error). */
MUST_CHECK struct err *problem_object_to_err(const json_t *obj);
/* A copy; causes are left behind. */
MUST_CHECK struct err *problem_copy(const struct err *e);
/* The same, about this identifier: its name leads the message. */
MUST_CHECK struct err *problem_about(const struct err *e, const char *identifier);
/*
 * For the CA: {type, detail, status, identifier, subproblems}; an error without a URN is
 * serverInternal without detail.
 */
json_t *problem_render(const struct err *e);
int problem_http_status(const struct err *e);
