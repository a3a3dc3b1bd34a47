/*
 * TBSCertificate (RFC 5280 §4.1), written: of servers' certificates and of the CA's own. Who calls says everything that is in
 * it; nothing is taken from a request.
 */
#pragma once

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "jose/signature.h"
#include "pki/der.h"
#include "pki/names.h"

/* Bits of keyUsage as they stand in its first byte (RFC 5280 §4.2.1.3). */
enum {
	KEY_USAGE_DIGITAL_SIGNATURE = 0x80,
	KEY_USAGE_KEY_ENCIPHERMENT = 0x20,
	KEY_USAGE_CERT_SIGN = 0x04,
	KEY_USAGE_CRL_SIGN = 0x02,
};

#define KEY_ID_BYTES 20

struct tbs {
	struct der serial;          /* big-endian, positive */
	struct der algorithm;       /* AlgorithmIdentifier of the issuer's signature */
	struct der issuer, subject; /* Name */
	time_t not_before, not_after;
	struct der spki;
	/* extensions; what is zero is not there */
	unsigned key_usage;
	bool server_auth;
	bool ca;
	bool path_zero; /* pathLenConstraint 0: it signs no other CA */
	struct der subject_key_id, authority_key_id;
	const char *caissuers_url, *crl_url;
	const struct cert_names *names;
	const struct strlist *policies;
};

MUST_CHECK struct err *tbs_add(struct buf *b, const struct tbs *t);
/* From `from` on b holds what is to be signed: afterwards what was signed (RFC 5280 §4.1.1, §5.1.1). */
MUST_CHECK struct err *tbs_sign(struct buf *b, size_t from, struct der algorithm,
				const struct signing *signing);

/* Name of one commonName; NULL: the empty Name. */
void name_add(struct buf *b, const char *common_name);
/* The left 160 bits of the SHA-256 of subjectPublicKey (RFC 7093 §2, method 1). false: no SubjectPublicKeyInfo. */
bool key_id_of(unsigned char out[KEY_ID_BYTES], struct der spki);

/* Pieces that CRLs have too. */
void extension_add(struct buf *b, struct der oid, bool critical, const struct buf *value);
/* Contents of authorityKeyIdentifier. */
void authority_key_id_add(struct buf *b, struct der key_id);
/* [0] { [0] { [6] url } }: DistributionPointName within its field. */
void distribution_point_add(struct buf *b, const char *url);
