/* JSON Web Keys (RFC 7517, 7518 §6, 8037) to and from EVP_PKEY; thumbprints (RFC 7638). */
#pragma once

#include <openssl/evp.h>

#include "base/err.h"
#include "base/json.h"
#include "jose/keytype.h"

/*
 * Public members only, in the order RFC 7638 wants (so that the compact text is the thumbprint's
 * input).
 */
MUST_CHECK struct err *jwk_public(json_t **out, const EVP_PKEY *key);
/* With the private members, as Certbot's private_key.json has them. */
MUST_CHECK struct err *jwk_private(json_t **out, const EVP_PKEY *key);
/*
 * Checks that the point is on the curve, sizes, and that private and public parts fit. Private
 * members are read if wanted.
 */
MUST_CHECK struct err *jwk_parse(EVP_PKEY **out, const json_t *jwk, bool want_private);
/* base64url(SHA-256(...)), 43 characters. */
MUST_CHECK struct err *jwk_thumbprint(char **out, const EVP_PKEY *key);
