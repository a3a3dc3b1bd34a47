/*
 * Keys of accounts and certificates. Private parts stay inside; a signer elsewhere (a token,
 * another process) can stand in.
 */
#pragma once

#include "acme/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct acme_key;

/*
 * A new key.
 *
 * out    the caller's, for acme_key_free()
 * type   "rsa" (2048 bits), "rsa3072", "rsa4096", "secp256r1", "secp384r1", "ed25519"
 *
 * Errors: ERR_USAGE (another type), ERR_CRYPTO.
 */
ACME_API struct err *acme_key_generate(struct acme_key **out, const char *type);

/*
 * A private key from PEM text (PKCS#8, SEC 1 or PKCS#1, without pass phrase).
 *
 * pem, len   need not end in NUL
 *
 * Errors: ERR_PARSE, ERR_CRYPTO (a type or size that is not in the list above).
 */
ACME_API struct err *acme_key_from_pem(struct acme_key **out, const char *pem, size_t len);

/*
 * The private key as PKCS#8 PEM text, NUL-ended; the caller frees it with free(3).
 *
 * Errors: ERR_USAGE (the private part lives elsewhere), ERR_CRYPTO.
 */
ACME_API struct err *acme_key_to_pem(const struct acme_key *k, char **out);

/*
 * Signs data_len bytes for acme_key_from_signer().
 *
 * sig   room for *len bytes (1024)
 * len   in: the room; out: bytes written. The form is that of JWS: R and S side by side for EC keys
 *
 * RFC 7518 §3.3, §3.4; RFC 8037 §3.1
 */
typedef struct err *acme_sign_fn(void *ctx, const void *data, size_t data_len, unsigned char *sig,
				 size_t *len);

/*
 * A key whose private part lives elsewhere: enough for an account and for revocation, not for
 * acme_csr().
 *
 * public_pem   SubjectPublicKeyInfo, NUL-ended
 * ctx          lent for the key's life, handed to sign()
 *
 * Errors: ERR_PARSE, ERR_CRYPTO.
 */
ACME_API struct err *acme_key_from_signer(struct acme_key **out, const char *public_pem,
					  acme_sign_fn *sign, void *ctx);

/*
 * The JWK thumbprint (SHA-256, base64url), as in key authorizations; the caller frees it with
 * free(3). RFC 7638
 */
ACME_API struct err *acme_key_thumbprint(const struct acme_key *k, char **out);

/*
 * A certificate request, what acme_order_finalize() wants.
 *
 * dns, ip   the names, as in the order; "*." in front of a DNS name is kept; subject stays empty
 * der       PKCS#10 in DER, *len bytes; the caller frees it with free(3)
 *
 * Errors: ERR_USAGE (no names, no address, or the private part lives elsewhere), ERR_CRYPTO.
 * RFC 8555 §7.4, RFC 2986
 */
ACME_API struct err *acme_csr(const struct acme_key *key, const char *const *dns, size_t dns_count,
			      const char *const *ip, size_t ip_count, void **der, size_t *len);

/* Cleanses and frees. NULL is allowed. */
ACME_API void acme_key_free(struct acme_key *k);

#ifdef __cplusplus
}
#endif
