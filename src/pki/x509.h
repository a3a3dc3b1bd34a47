/* A certificate as OpenSSL holds it, where its judgement is wanted. */
#pragma once

#include <openssl/x509.h>

#include "base/mem.h"
#include "pki/cert.h"

static inline void x509_free(X509 *x)
{
	X509_free(x);
}

AUTO_FREE(X509, x509_free)

/* NULL: OpenSSL cannot decode it; its error queue says why. */
X509 *x509_of(const struct cert *c);
