/* One issuance under way. Inside of issue/ only. */
#pragma once

#include "ca/issue/issuance.h"
#include "ca/store/store.h"

struct event;
struct issuance;

struct issuances {
	struct ca_loop *loop;
	struct issuance *first;
	size_t count; /* and of what is asked for to be taken up */
};

/* CAA of one identifier. */
struct caa_check {
	struct issuance *issuance;
	const struct store_authz *authz;
	struct err *problem; /* NULL: may be issued for, or not known yet */
};

struct issuance {
	struct issuances *list;
	struct issuance *next, *previous;
	struct store_order order;
	struct sign_plan plan;
	char *account_url;
	issuance_fn *told;
	void *ctx;
	struct caa_check *checks; /* as many as the order has authorizations */
	size_t checks_open;
	struct buf der;
	char *problem; /* JSON: why the order fails */
	struct event *timer;
	void (*again)(struct issuance *i); /* what the storage did not take */
};

/* An authorization that was made longer ago than this is not enough: CAA may have changed (BR 3.2.2.8 says 8 hours). */
#define CAA_FRESH_S (7 * 60 * 60)

/* Must CAA be asked for again before this order's certificate is signed? */
bool caa_is_due(const struct ca *ca, const struct store_order *o, time_t now);
/* Asks for all that are due, which is one at least; ends in caa_done(). */
void caa_begin(struct issuance *i, time_t now);
/* problem (taken): NULL when every one may be issued for. */
void caa_done(struct issuance *i, struct err *problem);
