/* External account binding (RFC 8555 §7.3.4). */
#pragma once

#include "base/err.h"
#include "base/secret.h"
#include "jose/signer.h"

struct eab {
	const char *kid;
	const char *alg; /* HS256, HS384, HS512 */
	const struct secret *key;
};

/* The inner JWS over the account's public key. */
MUST_CHECK struct err *eab_sign(char **out, const struct eab *e, const struct signer *account,
				const char *new_account_url);
/* base64url text from the CA -> key; ERR_USAGE when it is not. Padding is tolerated. */
MUST_CHECK struct err *eab_key_parse(struct secret *out, const char *text);
