/*
 * Name to addresses as a validation needs them: A and AAAA side by side, forbidden ones dropped, an error of one family
 * forgiven when the other has an address (ca.md 1.3).
 */
#pragma once

#include "dns/resolve.h"
#include "va/address.h"

/* Told of every answer, for the record. A loan for the time of the call. */
struct dns_witness {
	void (*saw)(void *ctx, const struct dns_answer *answer); /* NULL: nobody looks */
	void *ctx;
};

struct va_lookup;

struct va_addresses {
	struct address_list v6; /* in the order of the answer, with the port asked for */
	struct address_list v4;
};

/* problem (taken by the callee) is NULL or of type dns; addresses is a loan. */
typedef void va_lookup_fn(void *ctx, struct err *problem, const struct va_addresses *addresses);

struct va_lookup_request {
	struct dns_resolver *resolver;
	const struct address_policy *policy;
	const char *host;
	unsigned port;
	unsigned timeout_ms;
	struct dns_witness witness;
};

struct va_lookup *va_lookup(const struct va_lookup_request *request, va_lookup_fn *done, void *ctx);
void va_lookup_cancel(struct va_lookup *l);
