/*
 * The signer: issuers with their keys and chains, certificates and CRLs. Nobody else sees a private key of the CA.
 *
 * What goes in and comes out are plain structs of bytes and numbers, so that it can become a process of its own. It stores
 * nothing: the caller reserves the serial of a plan before it has the plan signed. Every function but sign_new may be called
 * from several loops at once.
 */
#pragma once

#include <time.h>

#include "base/buf.h"
#include "base/world.h"
#include "ca/config/config.h"
#include "proto/ari.h"
#include "proto/ident.h"

struct sign;

/* Everything about a certificate but the signature. */
struct sign_plan {
	char *issuer, *profile;
	char serial[41]; /* hexadecimal, lower case: a prefix byte 01..7f and 136 random bits */
	time_t not_before, not_after;
	int64_t shard;
	struct idents idents; /* as ordered, sorted */
	char *common_name;    /* NULL: none */
	unsigned char *spki;  /* DER */
	size_t spki_len;
	bool ca; /* always false for what ACME orders */
};

struct sign_ask {
	const struct profile_config *profile;
	const struct idents *idents;
	const char *common_name; /* used if the profile has one */
	const unsigned char *spki;
	size_t spki_len;
	time_t now, not_before, not_after; /* the latter 0: the profile's */
};

/* Reads issuers, keys and chains and checks that they belong together. ERR_CONFIG names the file and the way out. */
MUST_CHECK struct err *sign_new(struct sign **out, const struct ca_config *config,
				const struct world *world);
void sign_free(struct sign *s);

/* Chooses an active issuer that the profile allows (of the subject key's own type if there is one), dates, serial and shard. */
MUST_CHECK struct err *sign_prepare(struct sign_plan *out, const struct sign *s,
				    const struct sign_ask *ask);
/*
 * Has the profile an issuer whose certificate does not end before `when`? Else serverInternal, 503, that says so: the operator has
 * to act.
 */
MUST_CHECK struct err *sign_check_dates(const struct sign *s, const struct profile_config *profile,
					time_t when);
/* What an operator has to know of the issuers' ends. */
void sign_warnings(struct strlist *out, const struct sign *s, time_t now);
/* Signed, parsed back by OpenSSL, verified and linted: *der is what may leave. ERR_INTERNAL names the lint that failed. */
MUST_CHECK struct err *sign_certificate(struct buf *der, const struct sign *s,
					const struct sign_plan *plan);
void sign_plan_release(struct sign_plan *p);

/* PEM of the leaf and the issuer's n-th chain, root left out; false: there is no n-th. */
bool sign_chain(struct buf *pem, const struct sign *s, const char *issuer, size_t n,
		const void *der, size_t len);
size_t sign_chain_count(const struct sign *s, const char *issuer);

/* The issuer whose key has this authorityKeyIdentifier, or that signed this certificate; NULL: none of ours. A loan. */
const char *sign_issuer_by_key_id(const struct sign *s, const void *key_id, size_t len);
const char *sign_issuer_of(const struct sign *s, const void *der, size_t len);

/* The shard of the issuer's CRL that its certificate names; 0 when it names none that is made now. */
int64_t sign_shard_of(const struct sign *s, const char *issuer, const void *der, size_t len);

struct sign_revoked {
	const char *serial;
	time_t when;
	int reason;
};

struct sign_crl_ask {
	const char *issuer;
	int64_t shard, number;
	const struct sign_revoked *entries;
	size_t count;
	time_t now;
};

/* Whole CRL of one shard with its critical issuingDistributionPoint (RFC 5280 §5.2.5), verified before it leaves. */
MUST_CHECK struct err *sign_crl(struct buf *der, const struct sign *s,
				const struct sign_crl_ask *ask);

/* DER of the issuer's own certificate, for caIssuers; NULL: no such issuer. A loan. */
const struct buf *sign_issuer_certificate(const struct sign *s, const char *issuer);

AUTO_FREE(struct sign, sign_free)
AUTO_RELEASE(struct sign_plan, sign_plan_release)
