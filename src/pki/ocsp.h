/*
 * OCSP (RFC 6960): is a certificate revoked? The question and the answer as data, by OpenSSL; who carries them is the
 * caller's choice.
 */
#pragma once

#include <time.h>

#include "pki/cert.h"

/* OCSPRequest, DER: about one certificate, no nonce, SHA-1 identifiers as responders precompute them (RFC 5019 §2.1.1). */
MUST_CHECK struct err *ocsp_question(struct buf *der, const struct cert *c, const struct cert *issuer);

/*
 * *revoked: what OCSPResponse says of c. ERR_CRYPTO when it is not about c, not of these days (five minutes of skew allowed), or not
 * signed by issuer or by whom issuer lets answer (RFC 6960 §4.2.2.2); "unknown" is not revoked.
 */
MUST_CHECK struct err *ocsp_answer(bool *revoked, const void *der, size_t len, const struct cert *c,
				   const struct cert *issuer, time_t now);
