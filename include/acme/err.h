/*
 * Errors: what every acme_ function returns, NULL when it is done.
 *
 * An error is a chain of messages, outermost first: what was being done, and why it did not work.
 * Where the CA answered with a problem document (RFC 8555 §6.7), the chain keeps its type, detail
 * and identifier; an order or an authorization that failed for several names has a subproblem for
 * each. Getters accept any error of a chain and look further inside themselves. Nothing here
 * fails, and nothing is printed by the library.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ACME_API
#define ACME_API __attribute__((visibility("default")))
#endif

struct err;

/*
 * The whole chain in one line for people, subproblems in brackets: "new order: too many
 * certificates (rateLimited)". Foreign text in it is bounded and has no control characters. The
 * caller frees it with free(3).
 */
ACME_API char *acme_err_text(const struct err *e);

/*
 * The problem document's type, "rateLimited" for urn:ietf:params:acme:error:rateLimited; NULL when
 * the error is no problem document or its type is not one of ACME's (then acme_err_urn() has it).
 * An error with one subproblem and no document of its own has that one's. A loan that dies with e.
 * RFC 8555 §6.7
 */
ACME_API const char *acme_err_type(const struct err *e);

/*
 * The type in full, "about:blank" for a document without one; NULL when the error is no problem
 * document. A loan. RFC 7807 §3.1
 */
ACME_API const char *acme_err_urn(const struct err *e);

/* The CA's own words; NULL when it had none. A loan. */
ACME_API const char *acme_err_detail(const struct err *e);

/*
 * The name the problem is about ("*.example.org", "192.0.2.1"); NULL when it names none. A loan.
 * RFC 8555 §6.7.1
 */
ACME_API const char *acme_err_identifier(const struct err *e);

/* HTTP status of the answer, 100..599; 0 when there was no answer. */
ACME_API int acme_err_http_status(const struct err *e);

/*
 * Seconds that the CA asks to wait before the next try, at most a day; 0 when it did not ask. RFC
 * 8555 §6.6
 */
ACME_API unsigned acme_err_retry_after(const struct err *e);

/*
 * Failures of single names. i < count; NULL otherwise. Subproblems are loans that die with e. RFC
 * 8555 §6.7.1
 */
ACME_API size_t acme_err_subproblem_count(const struct err *e);
ACME_API const struct err *acme_err_subproblem(const struct err *e, size_t i);

/* Frees the chain and its subproblems. NULL is allowed. */
ACME_API void acme_err_free(struct err *e);

#ifdef __cplusplus
}
#endif
