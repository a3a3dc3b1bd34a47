/*
 * A conversation with one CA: its directory, nonces, connections, and the account that signs.
 *
 * What every function that sends requests has in common, and does not say again:
 * - It blocks. A request takes at most 45 s; waiting for the CA's work has the caller's own limit.
 * - A nonce the CA refuses is replaced and the request sent again, at most 10 times (RFC 8555
 *   §6.5).
 * - An answer 503 or 429 whose Retry-After is 10 s or less is waited for, once a request. Not so a
 *   rate limit on new accounts and new orders: that is an error at once, and
 *   acme_err_retry_after() says how long to wait (RFC 8555 §6.6).
 * - Redirects are errors. So is a URL that is not https where the directory's is (RFC 8555 §6.1).
 * - Errors: ERR_NETWORK, ERR_TIMEOUT (no answer), ERR_PROTOCOL (an answer that is not ACME's),
 *   ERR_LIMIT (one too large), ERR_PROBLEM (the CA says no; acme_err_type() and the others tell
 *   more).
 * - A session, and what was made with it, belongs to one thread at a time. Sessions do not share
 *   anything.
 */
#pragma once

#include "acme/key.h"

#ifdef __cplusplus
extern "C" {
#endif

struct acme_session;

/*
 * A session with the CA of this directory. Sends nothing yet: the directory is fetched by the
 * first call that needs it.
 *
 * out   the caller's, for acme_session_free()
 *
 * Errors: ERR_USAGE (not an http or https URL).
 */
ACME_API struct err *acme_session_new(struct acme_session **out, const char *directory_url);

/*
 * Closes the connections. Orders made with the session may be freed before or after. NULL is
 * allowed.
 */
ACME_API void acme_session_free(struct acme_session *s);

/*
 * The User-Agent header, "product/1.0" (copied); without it "libacme". Before the first request.
 * RFC 8555 §6.1
 */
ACME_API void acme_session_set_user_agent(struct acme_session *s, const char *product);

/*
 * Trust the roots of this PEM file only (path copied). Without it: the environment
 * (REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR), then the system's. A file
 * that cannot be read is an error of the first request. Before that.
 */
ACME_API void acme_session_set_ca_file(struct acme_session *s, const char *path);

/*
 * The account that signs.
 *
 * key   lent for the session's life
 * url   copied; NULL: not known. Then acme_account_register() or acme_account_find() learns it, or
 *       the first call that needs it asks the CA by the key
 */
ACME_API void acme_session_set_account(struct acme_session *s, const struct acme_key *key,
				       const char *url);

/* NULL while it is not known. A loan until the account changes. */
ACME_API const char *acme_session_account_url(const struct acme_session *s);

/*
 * Where the terms of service are; *out NULL: there are none. A loan of the session. RFC 8555 §7.1.1
 */
ACME_API struct err *acme_terms_of_service(struct acme_session *s, const char **out);

/* Does a new account need an external account binding? RFC 8555 §7.3.4 */
ACME_API struct err *acme_eab_required(struct acme_session *s, bool *out);

/* Does the directory list this profile? draft-ietf-acme-profiles §3 */
ACME_API struct err *acme_profile_offered(struct acme_session *s, const char *name, bool *out);

/*
 * The names by which CAA records allow this CA: *count loans of the session, *out NULL for none.
 * RFC 8555 §7.1.1, RFC 8659
 */
ACME_API struct err *acme_caa_identities(struct acme_session *s, const char *const **out,
					 size_t *count);

#ifdef __cplusplus
}
#endif
