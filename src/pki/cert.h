/*
 * Certificates as data: read by a small DER reader of ours (fast: no key is decoded), checked by
 * OpenSSL where trust matters.
 */
#pragma once

#include <openssl/x509.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "pki/key.h"
#include "pki/names.h"

struct cert {
	struct buf der;
	struct cert_names names; /* subjectAltName */
	char *serial_hex;        /* as Certbot shows it: lower case, no leading zeros */
	char *subject_cn;        /* printable; NULL if none */
	char *issuer_cn;         /* printable; NULL if none */
	time_t not_before;
	time_t not_after;
	struct buf serial;           /* DER contents octets, as they stand */
	struct buf authority_key_id; /* keyIdentifier octets; empty if absent (RFC 9773 §4.1) */
	struct buf spki;             /* SubjectPublicKeyInfo, DER */
	struct strlist ocsp_urls;    /* authorityInfoAccess */
};

MUST_CHECK struct err *cert_from_der(struct cert **out, const void *der, size_t len);
/* The first CERTIFICATE block of a PEM text. */
MUST_CHECK struct err *cert_from_pem(struct cert **out, const char *pem, size_t len);
void cert_free(struct cert *c);
bool cert_same(const struct cert *a, const struct cert *b);

/* Past 2/3 of the lifetime, 1/2 for a lifetime under 10 days (certbot.md 12.2). */
time_t cert_due_time(const struct cert *c);
bool cert_is_due(const struct cert *c, time_t now);
bool cert_is_expired(const struct cert *c, time_t now);
/* Exactly these names? */
bool cert_covers(const struct cert *c, const struct cert_names *names);
/* "RSA", "ECDSA" or "Ed25519", as `certificates` shows; without decoding the key. */
const char *cert_key_family(const struct cert *c);

/* Is key the certificate's? */
MUST_CHECK struct err *cert_has_key(bool *yes, const struct cert *c, const EVP_PKEY *key);
/*
 * The same for the text of a key file, in some microseconds where it carries its public part (see
 * key_file_spki()).
 */
MUST_CHECK struct err *cert_has_key_file(bool *yes, const struct cert *c, const char *pem,
					 size_t len);
/* Did issuer's key sign c? (signature only; names and dates are the caller's question) */
MUST_CHECK struct err *cert_signed_by(bool *yes, const struct cert *c, const struct cert *issuer);
/*
 * The same with the issuer's key at hand, for whoever checks many certificates of one issuer:
 * cert_key() it once.
 */
MUST_CHECK struct err *cert_signed_by_key(bool *yes, const struct cert *c, EVP_PKEY *issuer_key);
/* Does c name issuer's subject as its issuer? (the same bytes) */
bool cert_names_issuer(const struct cert *c, const struct cert *issuer);
MUST_CHECK struct err *cert_key(EVP_PKEY **out, const struct cert *c); /* public */

AUTO_FREE(struct cert, cert_free)
