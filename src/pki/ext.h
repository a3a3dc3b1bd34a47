/*
 * What certificates and requests have in common: extensions and the common name (RFC 5280 §4.1.2.4,
 * §4.2).
 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "pki/der.h"

struct extension_row {
	struct der oid;
	bool (*read)(void *into,
		     struct der value); /* of the OCTET STRING's contents; false: malformed */
	const char *name;               /* for errors */
};

/*
 * Walks SEQUENCE OF Extension and gives the known ones to their rows; at most 32 rows. A malformed
 * one, or one of the rows twice, is ERR_PARSE.
 */
MUST_CHECK struct err *extensions_read(struct der extensions, const struct extension_row *rows,
				       size_t count, void *into);

/* The first commonName of a Name, printable; *out NULL for none. false: malformed. */
bool name_common(char **out, struct der name);
/* All of them. */
bool name_commons(struct strlist *out, struct der name);

#define OID_SUBJECT_ALT_NAME DER_LITERAL("\x55\x1d\x11")
#define OID_AUTHORITY_KEY_ID DER_LITERAL("\x55\x1d\x23")
#define OID_AUTHORITY_INFO_ACCESS DER_LITERAL("\x2b\x06\x01\x05\x05\x07\x01\x01")
#define OID_TLS_FEATURE DER_LITERAL("\x2b\x06\x01\x05\x05\x07\x01\x18")
