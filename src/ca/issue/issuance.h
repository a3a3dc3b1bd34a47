/*
 * From a finalized order to its certificate: CAA again where authorizations are old, signature, certificate stored. What the
 * storage refuses is tried again until it takes it; what else fails makes the order invalid. One struct issuances a loop.
 */
#pragma once

#include "ca/ca.h"
#include "ca/sign/sign.h"
#include "ca/store/object.h"

struct issuances;

struct issuances *issuances_new(struct ca_loop *loop);
/* Leaves what is under way: it is taken up again at the next start. */
void issuances_free(struct issuances *l);
size_t issuances_open_count(const struct issuances *l);

/* How it is: certified, failed, or processing (CAA is asked for, the storage is not well). The order is a loan. */
typedef void issuance_fn(void *ctx, const struct store_order *order);

struct issuance_start {
	struct store_order *order; /* finalized; its contents are taken */
	struct sign_plan *plan;    /* its contents are taken */
	const char *account_url;   /* NULL: not known */
	struct err *refused;       /* taken; NULL, or why it cannot become a certificate */
	issuance_fn *told; /* NULL: nobody waits; called once, from within the call or later */
	void *ctx;
};

void issuance_begin(struct issuances *l, const struct issuance_start *s);

/* Takes up what a crash left half done: signs what was finalized, judges again what was being judged. Once, in one loop. */
void issuances_resume(struct issuances *l);

AUTO_FREE(struct issuances, issuances_free)
