/*
 * Somebody who can sign with a private key without showing it. The only way by which acme/ uses
 * keys, so that the key can live in another process or a token.
 */
#pragma once

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "jose/keytype.h"

struct signer_ops {
	/* Appends the JWS-form signature (RFC 7518 §3.4: R||S for EC) of data to out. */
	struct err *(*sign)(void *ctx, const void *data, size_t len, struct buf *out);
	void (*free)(void *ctx);
};

struct signer {
	const struct signer_ops *ops;
	void *ctx;
	const struct key_type *type;
	EVP_PKEY *public_key; /* public part only; owned */
	char *jwk;            /* compact public JWK; owned */
	char *thumbprint;     /* owned */
};

/* For a key in memory; keeps its own reference. */
MUST_CHECK struct err *signer_from_pkey(struct signer **out, EVP_PKEY *key);
/* For anything else: ops, ctx (taken, also on error) and the public key (copied). */
MUST_CHECK struct err *signer_new(struct signer **out, const struct signer_ops *ops, void *ctx,
				  const EVP_PKEY *public_key);
void signer_free(struct signer *s);

AUTO_FREE(struct signer, signer_free)
