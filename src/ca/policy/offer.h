/* Which challenge types are offered for which identifier (ca.md 2.6, RFC 8738 §7, RFC 8737 §3). */
#pragma once

#include "ca/policy/policy.h"
#include "proto/challenge.h"

/* Is this type switched on now? Also for challenges that were made when it was. */
bool offer_has(const struct policy *p, const struct challenge_type *type);

/*
 * Types for one identifier of an order ("*.example.org" too), in the registry's order; returns how many, out has room for
 * challenge_type_count.
 */
size_t offer_for(const struct challenge_type **out, const struct policy *p, const struct ident *i);

/* Is there a way to prove each of them? Type rejectedIdentifier names the first without. */
MUST_CHECK struct err *offer_check(const struct policy *p, const struct idents *l);
