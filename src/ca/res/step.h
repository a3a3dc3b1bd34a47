/*
 * A handler in steps: each takes what the store answered to the one before, and asks again or answers the request.
 */
#pragma once

#include "ca/http/request.h"
#include "ca/store/store.h"

/* NULL: the request was answered, or waits for what was asked. An error is what it is to be answered with. */
typedef struct err *res_step(struct ca_request *r, struct store_answer *a);

/* Whom the store answers: next; when the storage failed, the client hears so instead. A loan for the one call. */
const struct store_asker *res_then(struct ca_request *r, res_step *next);

/* What a handler came to: NULL, or what its request is to be answered with (taken). */
void res_end(struct ca_request *r, struct err *e);

/* POST-as-GET (RFC 8555 §6.3): malformed if there is a payload. */
MUST_CHECK struct err *res_payload_empty(const struct ca_request *r);
/* The payload as an object: malformed if there is none. */
MUST_CHECK struct err *res_payload_object(const json_t **out, const struct ca_request *r);

/* The id at this place of the path; what is no number is not found. */
MUST_CHECK struct err *res_id(int64_t *out, const struct ca_request *r, size_t place,
			      const char *what);
/* What is wrong with a payload (taken), as a problem: malformed unless it is one already. NULL stays NULL. */
MUST_CHECK struct err *res_malformed(struct err *e);
