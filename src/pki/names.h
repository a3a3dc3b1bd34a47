/* The names a certificate or request is for: DNS names and IP addresses, in order, as text. */
#pragma once

#include "base/str.h"
#include "pki/der.h"

struct cert_names {
	struct strlist dns; /* lower case; may start with "*." */
	struct strlist ip;  /* canonical text */
};

void cert_names_release(struct cert_names *n);
bool cert_names_same(const struct cert_names *a, const struct cert_names *b); /* as sets */
/* "a.test, b.test, 192.0.2.1" for people; "no name" for none. */
char *cert_names_text(const struct cert_names *n);

/*
 * The contents of a subjectAltName extension (RFC 5280 §4.2.1.6): adds to out. *others becomes true
 * for a name of another kind (e-mail, URI ...); false for what is malformed: a DNS name that is not
 * printable ASCII, an address of another length.
 */
bool cert_names_parse(struct cert_names *out, bool *others, struct der general_names);
/* The same, written. ERR_USAGE for an address that is none. */
MUST_CHECK struct err *cert_names_add(struct buf *b, const struct cert_names *n);
/* The whole extension around it. */
MUST_CHECK struct err *cert_names_add_extension(struct buf *b, const struct cert_names *n);

AUTO_RELEASE(struct cert_names, cert_names_release)
