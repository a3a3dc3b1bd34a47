/*
 * The certificates that answer TLS challenges: made by whoever proves control, read by whoever judges.
 *
 * tls-alpn-01 (RFC 8737 §3): self-signed, exactly one name, the digest of the key authorization in a critical extension.
 * tls-sni-01 (draft-ietf-acme-acme-03 §7.3): self-signed, a made-up name below .acme.invalid, no extension of its own.
 */
#pragma once

#include <openssl/evp.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "pki/names.h"

enum { ACME_DIGEST_BYTES = 32 };

/* digest NULL: without the extension. der is appended to; valid for a week from a day before now. */
MUST_CHECK struct err *challenge_cert_make(struct buf *der, EVP_PKEY *key,
					   const struct cert_names *names,
					   const unsigned char *digest, time_t now);

/* A certificate as the judge looks at it. */
struct challenge_cert {
	struct cert_names names; /* of subjectAltName */
	bool has_others; /* other kinds of names among them */
	struct buf san;          /* the extension's value, DER */
	bool has_san, has_digest, digest_is_critical;
	struct buf digest; /* the extension's value, DER */
	bool self_signed;  /* issuer and subject are the same bytes, and its own key signed it */
};

/* ERR_PARSE: not a certificate, or an extension twice. */
MUST_CHECK struct err *challenge_cert_read(struct challenge_cert *out, const void *der, size_t len);

/*
 * Is it the one certificate that proves control of that name (either dns or ip is given) by tls-alpn-01? The checks of
 * ca.md 3.1, 4 to 10, each with its own ERR_CHALLENGE.
 */
MUST_CHECK struct err *challenge_cert_check(const struct challenge_cert *c, const char *dns,
					    const char *ip,
					    const unsigned char digest[ACME_DIGEST_BYTES]);

void challenge_cert_release(struct challenge_cert *c);
AUTO_RELEASE(struct challenge_cert, challenge_cert_release)
