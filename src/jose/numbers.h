/*
 * The numbers of a public key, fixed length and big endian: what its JWK and its
 * SubjectPublicKeyInfo both spell out. Built and read without OpenSSL's decoders, which cost more
 * than a signature check.
 */
#pragma once

#include <openssl/param_build.h>

#include "base/err.h"
#include "jose/keytype.h"

struct number {
	unsigned char bytes[RSA_BITS_MAX / 8];
	size_t len;
};

struct key_numbers {
	const struct key_type *type;
	struct number a; /* RSA: n; EC, OKP: x */
	struct number b; /* RSA: e; EC: y; OKP: empty */
};

MUST_CHECK struct err *numbers_of_key(struct key_numbers *out, const EVP_PKEY *key);
/*
 * ERR_CRYPTO when they are no usable key: sizes, an even modulus or exponent, a point off its
 * curve.
 */
MUST_CHECK struct err *numbers_to_key(EVP_PKEY **out, const struct key_numbers *n);
/*
 * The same. If like, which may be NULL, is a key on the same curve, that is copied from it: making one costs OpenSSL four times as
 * much.
 */
MUST_CHECK struct err *numbers_to_key_like(EVP_PKEY **out, const struct key_numbers *n,
					   const EVP_PKEY *like);
/* The same with what else belongs to the key pushed into bld already (private members). */
MUST_CHECK struct err *numbers_to_key_with(EVP_PKEY **out, const struct key_numbers *n,
					   OSSL_PARAM_BLD *bld, int selection);

static inline void param_bld_free(OSSL_PARAM_BLD *b)
{
	OSSL_PARAM_BLD_free(b);
}

static inline void bn_free(BIGNUM *b)
{
	BN_clear_free(b);
}

AUTO_FREE(OSSL_PARAM_BLD, param_bld_free)
AUTO_FREE(BIGNUM, bn_free)
