/*
 * Signatures in JWS form (RFC 7518 §3.3, §3.4, RFC 8037 §3.1): fixed-length R||S for EC, where
 * OpenSSL speaks DER.
 */
#pragma once

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "jose/keytype.h"

/*
 * Ready to sign, kept for the life of a key; shared by threads, as making a signature only copies
 * it.
 */
struct signing;

MUST_CHECK struct err *signing_new(struct signing **out,
				   EVP_PKEY *key); /* keeps its own reference */
void signing_free(struct signing *s);
/* Appends. */
MUST_CHECK struct err *signing_sign(const struct signing *s, const void *data, size_t len,
				    struct buf *out);
/* The same with EC signatures as the DER of certificates and requests. */
MUST_CHECK struct err *signing_sign_der(const struct signing *s, const void *data, size_t len,
					struct buf *out);

/* Ready to verify, kept for the life of a key that signs often; shared by threads, as verifying only copies it. */
struct verifying;

MUST_CHECK struct err *verifying_new(struct verifying **out, EVP_PKEY *key);
struct verifying *verifying_hold(struct verifying *v);
void verifying_free(struct verifying *v); /* lets go what was made or held */
const struct key_type *verifying_type(const struct verifying *v);
/* ERR_CRYPTO when sig is not the key's. */
MUST_CHECK struct err *verifying_verify(const struct verifying *v, const struct buf *sig,
					const void *data, size_t len);

/* The same with EC signatures as the DER of certificates and requests. */
MUST_CHECK bool verifying_verify_der(const struct verifying *v, const void *sig, size_t sig_len,
				     const void *data, size_t len);

AUTO_FREE(struct signing, signing_free)
AUTO_FREE(struct verifying, verifying_free)
