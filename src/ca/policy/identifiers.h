/*
 * Which names may be ordered (ca.md 5.6): taken from a newOrder payload, held against the grammar of host names and
 * addresses, then against what the operator allows. What is refused is a problem; of several names, each is a subproblem.
 */
#pragma once

#include "base/json.h"
#include "ca/policy/policy.h"
#include "proto/ident.h"

/* payload.identifiers, at least one, in lower case, sorted, each once. Types malformed, unsupportedIdentifier. */
MUST_CHECK struct err *identifiers_read(struct idents *out, const json_t *payload);

/* Are they names and addresses at all, that a certificate of this CA could bear? Type rejectedIdentifier. */
MUST_CHECK struct err *identifiers_check_form(const struct policy *p, const struct idents *l);

/* Does the operator forbid any of them? Type rejectedIdentifier. */
MUST_CHECK struct err *identifiers_check_lists(const struct policy *p, const struct idents *l);

/*
 * Do the order and an older certificate share a name (RFC 9773 §5, ca.md 5.10)? A wildcard of the certificate stands for the
 * names it covers.
 */
bool identifiers_share(const struct idents *ordered, const struct cert_names *certified);

/* "*.example.org" makes "www.example.org" redundant. Type malformed. */
MUST_CHECK struct err *identifiers_check_overlap(const struct idents *l);
