/* Certificates of CAs themselves: a root, and what it signs to work every day (RFC 5280 §4.2.1.9). */
#pragma once

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/rand.h"
#include "pki/cert.h"

struct authority_ask {
	const char *name; /* its common name */
	EVP_PKEY *key;
	const struct cert *by; /* who signs; NULL: itself, a root */
	EVP_PKEY *by_key;
	time_t not_before, not_after;
};

MUST_CHECK struct err *authority_make(struct buf *der, const struct authority_ask *a,
				      const struct rand_source *random);
