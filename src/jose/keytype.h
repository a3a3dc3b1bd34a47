/*
 * One table of key types, for accounts and certificates: names, JWK parameters, JWS algorithm,
 * OpenSSL's names.
 */
#pragma once

#include <openssl/evp.h>
#include <stddef.h>

#include "base/err.h"

enum key_kind { KEY_RSA, KEY_EC, KEY_OKP };

struct key_type {
	const char *name; /* "rsa", "secp256r1", "secp384r1", "secp521r1", "ed25519" */
	enum key_kind kind;
	const char *kty;    /* "RSA", "EC", "OKP" (RFC 7518 §6, RFC 8037) */
	const char *crv;    /* "P-256" ...; NULL for RSA */
	const char *alg;    /* JWS: "RS256", "ES256", "ES384", "ES512", "EdDSA" */
	const char *group;  /* OpenSSL's group name ("prime256v1"); NULL where none */
	const char *digest; /* "SHA256"; NULL where the algorithm has its own */
	size_t field_bytes; /* length of a coordinate and of each half of a signature; 0 for RSA */
};

const struct key_type *key_type_by_name(const char *name);
const struct key_type *key_type_by_alg(const char *alg);
const struct key_type *key_type_by_crv(const char *crv);
/* ERR_CRYPTO for a key that no row describes (RSA outside 2048..4096 bits is refused here). */
MUST_CHECK struct err *key_type_of(const struct key_type **out, const EVP_PKEY *key);

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096

static inline void evp_pkey_free(EVP_PKEY *k)
{
	EVP_PKEY_free(k);
}

AUTO_FREE(EVP_PKEY, evp_pkey_free)
