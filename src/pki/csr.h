/*
 * PKCS#10 requests: empty subject, subjectAltName in the given order, optional TLS feature
 * status_request (RFC 7633).
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "jose/numbers.h"
#include "pki/key.h"
#include "pki/names.h"

MUST_CHECK struct err *csr_build(struct buf *der, EVP_PKEY *key, const struct cert_names *names,
				 bool must_staple);

/* A foreign request (--csr, and the CA's finalize): PEM or DER; its signature is verified. */
struct csr {
	struct buf der;
	struct cert_names names; /* SANs; a CN that is not among them comes first */
	bool has_other_names;    /* an e-mail address, URI ... among the SANs */
	char *common_name;       /* NULL if none */
	bool must_staple;
	struct key_numbers numbers; /* of its key */
	EVP_PKEY *key;              /* public */
};

MUST_CHECK struct err *csr_parse(struct csr **out, const void *data, size_t len);
/* like: as for numbers_to_key_like(). */
MUST_CHECK struct err *csr_parse_like(struct csr **out, const void *data, size_t len,
				      const EVP_PKEY *like);
void csr_free(struct csr *c);

AUTO_FREE(struct csr, csr_free)
