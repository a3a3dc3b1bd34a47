/*
 * Accounts (RFC 8555 §7.3). Each call signs with the session's key and remembers the account's URL
 * in the session.
 */
#pragma once

#include "acme/ca.h"

#ifdef __cplusplus
extern "C" {
#endif

struct acme_registration {
	const char *const *contacts; /* URLs: "mailto:a@example.org" */
	size_t contact_count;
	bool terms_agreed;   /* to acme_terms_of_service() */
	const char *eab_kid; /* key identifier from the CA; NULL: no external account binding */
	const char *eab_hmac_key; /* base64url, as the CA gave it */
	const char *eab_hmac_alg; /* "HS256" (also NULL), "HS384", "HS512" */
};

/*
 * A new account, or the one that the key has already.
 *
 * created   out, may be NULL; false: the key had an account, nothing of r was applied to it (RFC
 *           8555 §7.3.1)
 *
 * Errors: ERR_USAGE (no key in the session; a contact that is no URL; a bad binding), and ca.h's.
 * Of type "userActionRequired" or "malformed": the terms; "externalAccountRequired";
 * "invalidContact"; "rateLimited". RFC 8555 §7.3, §7.3.4
 */
ACME_API struct err *acme_account_register(struct acme_session *s,
					   const struct acme_registration *r, bool *created);

/*
 * Looks the key's account up.
 *
 * found   out; false: the CA knows none, the session's account URL stays unknown
 *
 * Errors: ERR_USAGE (no key), and ca.h's. An account that was deactivated is of type
 * "unauthorized". RFC 8555 §7.3.1
 */
ACME_API struct err *acme_account_find(struct acme_session *s, bool *found);

/*
 * Replaces the contacts. count 0: the account has none from then on.
 *
 * Errors: ERR_USAGE (no account; a contact that is no URL), and ca.h's. RFC 8555 §7.3.2
 */
ACME_API struct err *acme_account_set_contacts(struct acme_session *s, const char *const *contacts,
					       size_t count);

/*
 * The contacts as the CA has them; some CAs do not tell.
 *
 * out   *count strings: the caller frees each, and the array, with free(3)
 *
 * Errors: ERR_USAGE (no account), and ca.h's. RFC 8555 §7.1.2
 */
ACME_API struct err *acme_account_contacts(struct acme_session *s, char ***out, size_t *count);

/*
 * Ends the account, for ever. The session forgets its URL.
 *
 * Errors: ERR_USAGE (no account), and ca.h's. RFC 8555 §7.3.6
 */
ACME_API struct err *acme_account_deactivate(struct acme_session *s);

/*
 * Changes the account's key. On success the session signs with new_key, lent for the session's
 * life; on error with the old one as before.
 *
 * Errors: ERR_USAGE (no account), ERR_PROTOCOL (the CA does not offer it, or answers 409: the key
 * is another account's), and ca.h's. RFC 8555 §7.3.5
 */
ACME_API struct err *acme_account_rollover(struct acme_session *s, const struct acme_key *new_key);

#ifdef __cplusplus
}
#endif
