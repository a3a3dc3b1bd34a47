/* A certificate chain as the CA hands it out: leaf first, then its issuers (RFC 8555 §9.1). */
#pragma once

#include "pki/cert.h"

struct chain {
	struct cert **certs;
	size_t count;
};

/*
 * Strict PEM: only CERTIFICATE blocks, text between blocks refused, bounded count and bytes, at
 * least one.
 */
MUST_CHECK struct err *chain_parse(struct chain **out, const char *pem, size_t len);
/* As servers take a file: keys, parameters and text between the certificates are passed over. */
MUST_CHECK struct err *chain_parse_file(struct chain **out, const char *pem, size_t len);
void chain_free(struct chain *c);

/*
 * What a fresh certificate must satisfy before it is saved: leaf has key, covers exactly names, is
 * in its dates now (an hour of clock skew allowed), and each certificate is signed by the next. The
 * error says which point failed.
 */
MUST_CHECK struct err *chain_check(const struct chain *c, const EVP_PKEY *key,
				   const struct cert_names *names, time_t now);

/* Re-encoded, 64 columns, LF: cert = first, chain = rest, fullchain = both. */
void chain_pem_leaf(const struct chain *c, struct buf *out);
void chain_pem_rest(const struct chain *c, struct buf *out);
void chain_pem_full(const struct chain *c, struct buf *out);

/* Issuer CN of the topmost certificate (what --preferred-chain compares); NULL if none. A loan. */
const char *chain_top_issuer(const struct chain *c);

AUTO_FREE(struct chain, chain_free)
