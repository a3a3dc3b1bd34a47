/*
 * What finalize asks of a certificate request (RFC 8555 §7.4, ca.md 5.8). Only its key and its names count: no extension it
 * asks for gets into the certificate.
 */
#pragma once

#include <openssl/evp.h>

#include "base/json.h"
#include "ca/policy/policy.h"
#include "pki/csr.h"
#include "proto/ident.h"

/*
 * payload.csr: base64url of DER, read and its signature verified. Types malformed, badCSR. The account's key lends its curve
 * (csr_parse_like).
 */
MUST_CHECK struct err *csr_from_payload(struct csr **out, const json_t *payload,
					const EVP_PKEY *account_key);

/* Types badCSR, unauthorized, malformed; by quirks, other names than the order's are unauthorized or badCSR. */
MUST_CHECK struct err *csr_check(const struct policy *p, const struct csr *c,
				 const struct idents *ordered, const EVP_PKEY *account_key);

/*
 * The common name for a profile that has one: the request's own, else the first name of the order that is no longer than
 * 64 characters (RFC 5280, ub-common-name); NULL: none.
 */
char *csr_common_name(const struct csr *c, const struct idents *ordered);
