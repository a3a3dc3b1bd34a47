/*
 * Which profile an order gets, and what that allows (draft-ietf-acme-profiles-01, ca.md 5.11); how long orders and
 * authorizations stand.
 */
#pragma once

#include <time.h>

#include "ca/config/config.h"
#include "ca/policy/policy.h"
#include "proto/ident.h"

/* NULL: none of that name. */
const struct profile_config *profile_by_name(const struct ca_config *c, const char *name);

/* name NULL: the default. Type invalidProfile. *out is a loan. */
MUST_CHECK struct err *profile_choose(const struct profile_config **out, const struct policy *p,
				      const char *name);

/* May this account order these with it? Types unauthorized, malformed, rejectedIdentifier. */
MUST_CHECK struct err *profile_check(const struct profile_config *profile, int64_t account_id,
				     const struct idents *l);

/* An authorization that is valid until `expires` serves an order made now if it outlives this instant (ca.md 5.6). */
time_t profile_reuse_after(const struct profile_config *profile, time_t now);
