/* The parts of the check list (ca.md 5.2) that every JWS has to pass, the one inside of a key change too. Each yields a problem. */
#pragma once

#include <openssl/evp.h>

#include "base/err.h"
#include "jose/jws.h"

struct policy;

/* Flattened, nothing unprotected, an algorithm that is taken. */
MUST_CHECK struct err *form_parse(struct jws **out, const void *data, size_t len);
/* The key of the jwk header, which has to be there, and its thumbprint. */
MUST_CHECK struct err *form_embedded_key(EVP_PKEY **key, char **thumbprint, const struct jws *j);
/* badPublicKey for one that the CA does not take (ca.md 5.4). */
MUST_CHECK struct err *form_check_key(const struct policy *p, const EVP_PKEY *key);
MUST_CHECK struct err *form_check_signature(const struct jws *j, const struct verifying *v);
/* Of a public key that is not the signer's. */
MUST_CHECK struct err *form_thumbprint(char **out, const json_t *jwk);
