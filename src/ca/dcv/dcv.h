/*
 * Domain control validation of one loop: judges the challenges that clients called ready, one attempt each, and stores the
 * verdicts; asks for CAA again when an authorization is old (ca.md 2.5, 5.7). All from the loop's thread.
 */
#pragma once

#include "ca/ca.h"
#include "ca/store/store.h"

struct dcv;

/* Takes resolvers, perspectives and address policy from the configuration. ERR_CONFIG, ERR_NETWORK. */
MUST_CHECK struct err *dcv_new(struct dcv **out, struct ca_loop *loop);
/* Leaves what is under way: it is taken up again at the next start. */
void dcv_free(struct dcv *d);
size_t dcv_open_count(const struct dcv *d);

/* Whose authorization it is; both NULL where the type needs neither. */
struct dcv_account {
	const char *thumbprint;
	const char *url; /* NULL: not known */
};

/*
 * Begins the attempt of a pending authorization (a->attempt), judges it and stores the verdict. told is answered once, later: as by
 * store_authz_judge when there is a verdict within LIMIT_CA_VERDICT_MS, or else as by store_authz_begin.
 *
 * A verdict that comes that soon is stored together with the attempt: until then only this loop knows of it. Of two that begin in
 * different loops or processes the first to be judged counts, as the store has one attempt for each authorization.
 */
void dcv_begin(struct dcv *d, const struct store_authz *a, const struct dcv_account *account,
	       const struct store_asker *told);
/* Judges the attempt that the store has under way since before this process. */
void dcv_resume(struct dcv *d, const struct store_authz *a, const struct dcv_account *account);

/* CAA alone, for the method that the authorization was proved by; problem (the callee's) is NULL when this CA may issue. Called from
 * the loop, later. */
typedef void dcv_caa_fn(void *ctx, struct err *problem);

void dcv_check_caa(struct dcv *d, const struct store_authz *a, const struct dcv_account *account,
		   dcv_caa_fn *done, void *ctx);

AUTO_FREE(struct dcv, dcv_free)
