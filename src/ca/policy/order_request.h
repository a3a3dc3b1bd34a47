/*
 * What a newOrder payload asks for (RFC 8555 §7.4, RFC 9773 §5, draft-ietf-acme-profiles), held against everything that needs
 * no look into the store: names, dates, profile, challenge types (ca.md 5.6).
 */
#pragma once

#include <time.h>

#include "base/json.h"
#include "ca/config/config.h"
#include "ca/policy/policy.h"
#include "proto/ari.h"
#include "proto/ident.h"

struct order_asked {
	struct idents idents; /* sorted, each once */
	const struct profile_config *profile;
	const char *replaces_text; /* a loan of the payload; NULL: replaces nothing */
	struct ari_id replaces;
	time_t not_before, not_after; /* 0: the profile's */
};

/*
 * Types malformed, unsupportedIdentifier, rejectedIdentifier (with subproblems), invalidProfile, unauthorized. payload NULL is
 * malformed.
 */
MUST_CHECK struct err *order_asked_read(struct order_asked *out, const struct policy *p,
					const json_t *payload, int64_t account_id, time_t now);
void order_asked_release(struct order_asked *a);

AUTO_RELEASE(struct order_asked, order_asked_release)
