/*
 * A CA's own certificates on disk: NAME.pem and NAME.key. A root lives for 20 years; an issuer that it signs for 10, and no longer
 * than the root.
 */
#pragma once

#include <openssl/evp.h>

#include "base/err.h"
#include "base/world.h"
#include "pki/cert.h"

enum authority_keys { AUTHORITY_ECDSA, AUTHORITY_RSA }; /* P-384, P-256; 4096, 2048 */

struct authority {
	EVP_PKEY *key;
	struct cert *cert;
};

struct authority_wish {
	const char *dir, *file; /* "issuer" makes issuer.pem and issuer.key */
	const char *name;       /* its common name */
	enum authority_keys keys;
	const struct authority *by; /* NULL: itself, a root */
};

/* "ecdsa" or "rsa", of --key-type. ERR_USAGE. */
MUST_CHECK struct err *authority_keys_parse(enum authority_keys *out, const char *type);
/* Of a common name, with room for a word behind it (RFC 5280 A.1, ub-common-name). ERR_USAGE. */
MUST_CHECK struct err *authority_name_check(const char *name);

/* The key has mode 0600. What is there already is not written over: ERR_USAGE. */
MUST_CHECK struct err *authority_files_make(struct authority *out, const struct authority_wish *w,
					    const struct world *world);
/* ERR_CONFIG: it may not sign an issuer. */
MUST_CHECK struct err *authority_files_load(struct authority *out, const char *certificate,
					    const char *key, time_t now);
void authority_release(struct authority *a);
/* ERR_USAGE: something is there, be it a link that leads nowhere. */
MUST_CHECK struct err *authority_file_check_free(const char *dir, const char *file);

AUTO_RELEASE(struct authority, authority_release)
