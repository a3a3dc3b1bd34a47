/*
 * May this CA issue for this name (RFC 8659, RFC 8657, ca.md 2.5)? The tree is asked from the name to the TLD at once and
 * walked from the leaf: the first non-empty record set decides.
 */
#pragma once

#include "va/lookup.h"

struct caa_request {
	struct dns_resolver *resolver;
	const char *domain;                 /* may begin with "*." */
	const char *method;                 /* "http-01" */
	const char *issuer_domain;          /* ours, exactly */
	const struct strlist *account_uris; /* every form of the account's URL that counts */
	unsigned timeout_ms;
	struct dns_witness witness;
};

struct caa_check;

/*
 * problem is taken by the callee: NULL: may issue; type caa: "CAA record for example.org prevents issuance"; type dns: "While
 * processing CAA for example.org: ...". found_at is the name whose records decided, NULL when none did.
 */
typedef void caa_done_fn(void *ctx, struct err *problem, const char *found_at);

struct caa_check *caa_check(const struct caa_request *request, caa_done_fn *done, void *ctx);
void caa_check_cancel(struct caa_check *c);

/* One record set judged: does it let the request pass? */
bool caa_permits(const struct dns_records *set, const struct caa_request *request);
