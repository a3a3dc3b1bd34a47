/*
 * JWS in flattened JSON serialization (RFC 7515 §7.2.2), as ACME wants it (RFC 8555 §6.2): signed
 * by us, verified by the CA.
 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "jose/signature.h"
#include "jose/signer.h"

/* What stands in the protected header. Exactly one of kid and the signer's own jwk is written. */
struct jws_header {
	const char *kid;   /* account URL; NULL: "jwk" with the signer's public key */
	const char *nonce; /* NULL: left out (inner JWS of keyChange, EAB) */
	const char *url;
};

/* payload NULL: the empty payload of POST-as-GET (RFC 8555 §6.3). */
MUST_CHECK struct err *jws_sign(char **out, const struct signer *s, const struct jws_header *h,
				const char *payload);

/* alg one of HS256, HS384, HS512; for the external account binding (RFC 8555 §7.3.4). */
MUST_CHECK struct err *jws_sign_mac(char **out, const char *alg, const struct secret *key,
				    const struct jws_header *h, const char *payload);

/* A JWS taken apart, nothing verified yet. */
struct jws {
	json_t *header;                      /* the protected header */
	const struct key_type *type;         /* of its alg; NULL for a MAC */
	const char *alg, *kid, *nonce, *url; /* loans of header; NULL when absent */
	json_t *jwk;                         /* loan of header; NULL when absent */
	char *signing_input;
	struct buf payload;
	struct buf signature;
};

/*
 * RFC 8555 §6.2: protected only, no "unprotected header", no "crit", no multiple signatures, alg of
 * our table or HSxxx. The nonce is as it stands: whether it is base64url (§6.5.2) is for whom redeems it to say.
 */
MUST_CHECK struct err *jws_parse(struct jws **out, const char *text, size_t len);
/* ERR_CRYPTO when the signature is not the key's. */
MUST_CHECK struct err *jws_verify(const struct jws *j, EVP_PKEY *key);
MUST_CHECK struct err *jws_verify_ready(const struct jws *j, const struct verifying *v);
MUST_CHECK struct err *jws_verify_mac(const struct jws *j, const struct secret *key);
void jws_free(struct jws *j);

AUTO_FREE(struct jws, jws_free)
