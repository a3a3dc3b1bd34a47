/*
 * Domain control validation of one loop: judges the challenges that clients called ready, one attempt each, and stores the
 * verdicts; asks for CAA again when an authorization is old (ca.md 2.5, 5.7). All from the loop's thread.
 */
#pragma once

#include "ca/ca.h"
#include "ca/store/object.h"

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
 * Who would like to know the verdict: told once, later, the authorization as it is stored then; NULL when there is no verdict within
 * LIMIT_CA_VERDICT_MS, or when others of the account are under way.
 */
struct dcv_told {
	void (*fn)(void *ctx, const struct store_authz *a);
	void *ctx;
};

/* Judges the attempt that the store has under way (store_authz_begin), and stores the verdict. told: NULL for nobody. */
void dcv_start(struct dcv *d, const struct store_authz *a, const struct dcv_account *account,
	       const struct dcv_told *told);

/* CAA alone, for the method that the authorization was proved by; problem (the callee's) is NULL when this CA may issue. Called from
 * the loop, later. */
typedef void dcv_caa_fn(void *ctx, struct err *problem);

void dcv_check_caa(struct dcv *d, const struct store_authz *a, const struct dcv_account *account,
		   dcv_caa_fn *done, void *ctx);

AUTO_FREE(struct dcv, dcv_free)
