/*
 * One issuer of the CA: certificate, key and chains, read once and held against each other. Does not change; any thread may
 * sign with it.
 */
#pragma once

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "ca/config/config.h"
#include "jose/signature.h"
#include "pki/cert.h"

struct issuer_chain {
	struct buf pem; /* what follows a leaf */
};

struct issuer {
	const struct issuer_config *config; /* lent */
	struct cert *cert;
	struct buf key_id;  /* its subjectKeyIdentifier */
	struct buf subject; /* Name */
	const struct key_type *type;
	EVP_PKEY *key;
	struct signing *signing;
	struct verifying *verifying;
	struct issuer_chain *chains; /* at least one */
	size_t chain_count;
};

/* ERR_CONFIG names the file and what is wrong with it. */
MUST_CHECK struct err *issuer_load(struct issuer **out, const struct issuer_config *config,
				   time_t now);
/* "http://.../3.crl"; NULL: it has no CRL. */
char *issuer_crl_url(const struct issuer_config *config, int64_t shard);
void issuer_free(struct issuer *i);

AUTO_FREE(struct issuer, issuer_free)
