/* finalize (RFC 8555 §7.4; ca.md 5.8). */
#include <openssl/sha.h>

#include "base/limits.h"
#include "ca/issue/issuance.h"
#include "ca/log/log.h"
#include "ca/policy/csr.h"
#include "ca/policy/identifiers.h"
#include "ca/policy/offer.h"
#include "ca/policy/profiles.h"
#include "ca/res/order_view.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/res/url.h"
#include "pki/spki.h"
#include "proto/problem.h"

struct wish {
	int64_t order_id;
	struct csr *csr;
	char *common_name; /* NULL: none */
	const struct profile_config *profile;
	struct idents idents;
	time_t not_before, not_after;
	struct buf spki;
	unsigned char spki_sha256[SHA256_DIGEST_LENGTH];
	struct sign_plan plan;
	int tries; /* serials that were given out before */
};

static void wish_free(void *state)
{
	struct wish *w = state;

	csr_free(w->csr);
	free(w->common_name);
	idents_release(&w->idents);
	buf_release(&w->spki);
	sign_plan_release(&w->plan);
	free(w);
}

static void issued(void *ctx, const struct store_order *o)
{
	order_view_answer(ctx, 200, o);
}

static struct err *not_ready(const struct ca_request *r, const struct store_order *o)
{
	return problem_new("orderNotReady", "the order is %s; only one that is ready is finalized",
			   order_status_name(store_order_status(o, ca_now(r))));
}

/* --- the order becomes processing, with a serial of its own */

static struct err *reserve(struct ca_request *r);

static void issue(struct ca_request *r, struct store_order *o)
{
	struct wish *w = r->state;
	AUTO(free) char *account = url_account(r, o->account_id);
	const struct issuance_start s = {
		.order = o,
		.plan = &w->plan,
		.account_url = account,
		.told = issued,
		.ctx = r,
	};

	issuance_begin(r->loop->issuances, &s);
}

static struct err *reserved(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	switch (a->outcome) {
	case STORE_DONE:
		issue(r, &a->orders[0]);
		return NULL;
	case STORE_CONFLICT:
		if (++w->tries < LIMIT_SERIAL_TRIES)
			return reserve(r);
		return err_new(ERR_INTERNAL, "%d serials in a row were given out before", w->tries);
	case STORE_TOO_LATE:
		return not_ready(r, &a->orders[0]);
	case STORE_EXISTED:
	case STORE_NOT_FOUND:
	case STORE_OUTCOME_COUNT:
		break;
	}
	return ca_not_found("no such order of this account");
}

static void ask_store(struct ca_request *r)
{
	const struct wish *w = r->state;
	const struct sign_plan *plan = &w->plan;
	struct store_finalize f = {
		.order_id = w->order_id,
		.csr = w->csr->der.data,
		.csr_len = w->csr->der.len,
		.cert = { .order_id = w->order_id,
			  .account_id = r->jws->account_id,
			  .issuer = plan->issuer,
			  .profile = plan->profile,
			  .shard = plan->shard,
			  .idents = plan->idents,
			  .not_before = plan->not_before,
			  .not_after = plan->not_after },
		.now = ca_now(r),
	};
	AUTO(free) char *serial = xstrdup(plan->serial);

	f.cert.serial = serial;
	for (size_t i = 0; i < sizeof(w->spki_sha256); i++)
		f.cert.spki_sha256[i] = w->spki_sha256[i];
	store_order_finalize(r->ca->store, res_then(r, reserved), &f);
}

static struct err *reserve(struct ca_request *r)
{
	struct wish *w = r->state;
	const struct sign_ask ask = {
		.profile = w->profile,
		.idents = &w->idents,
		.common_name = w->common_name,
		.spki = (const unsigned char *)w->spki.data,
		.spki_len = w->spki.len,
		.now = ca_now(r),
		.not_before = w->not_before,
		.not_after = w->not_after,
	};

	sign_plan_release(&w->plan);
	TRY(sign_prepare(&w->plan, r->ca->sign, &ask));
	ask_store(r);
	return NULL;
}

/* --- the request */

static struct err *key_asked(struct ca_request *r, struct store_answer *a)
{
	if (a->outcome == STORE_DONE)
		return problem_new(
			"badCSR",
			"the request's key was reported as compromised; make another one");
	return reserve(r);
}

static struct err *check_request(struct ca_request *r)
{
	struct wish *w = r->state;

	TRY(csr_from_payload(&w->csr, r->jws->payload, r->jws->key));
	TRY(csr_check(r->ca->policy, w->csr, &w->idents, r->jws->key));
	w->common_name = csr_common_name(w->csr, &w->idents);
	w->spki = BUF_INIT(SPKI_BYTES_MAX);
	spki_add(&w->spki, &w->csr->numbers);
	TRY(buf_check(&w->spki, "the public key"));
	SHA256((const unsigned char *)w->spki.data, w->spki.len, w->spki_sha256);
	store_key_blocked(r->ca->store, res_then(r, key_asked), w->spki_sha256);
	return NULL;
}

/* --- the order */

/* What proved an identifier may have been switched off since. */
static struct err *check_authzs(const struct ca_request *r, const struct store_order *o)
{
	for (size_t i = 0; i < o->authz_count; i++) {
		const struct store_authz *a = &o->authzs[i];
		const struct challenge_type *type = a->attempt != NULL
							  ? challenge_type_by_name(a->attempt)
							  : NULL;

		if (type == NULL || !offer_has(r->ca->policy, type))
			return problem_new(
				"unauthorized",
				"the authorization of %s was made by a challenge type that is switched off now",
				a->ident.value);
	}
	return NULL;
}

static struct err *check_order(const struct ca_request *r, const struct store_order *o)
{
	time_t now = ca_now(r);
	enum order_status status = store_order_status(o, now);

	if (status == ORDER_INVALID && o->error == NULL && o->expires <= now)
		return ca_not_found("the order has expired");
	if (status != ORDER_READY)
		return not_ready(r, o);
	TRY(identifiers_check_lists(r->ca->policy, &o->idents));
	return check_authzs(r, o);
}

static struct err *take_profile(struct wish *w, const struct ca_request *r,
				const struct store_order *o)
{
	w->profile = profile_by_name(r->ca->config, o->profile);
	if (w->profile == NULL)
		return problem_new("invalidProfile",
				   "the order's profile \"%s\" is not offered any more",
				   o->profile);
	return NULL;
}

static struct err *found(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->outcome != STORE_DONE || a->orders[0].account_id != r->jws->account_id)
		return ca_not_found("no such order of this account");
	struct store_order *o = &a->orders[0];

	TRY(check_order(r, o));
	TRY(take_profile(w, r, o));
	w->idents = o->idents;
	o->idents = (struct idents){ 0 };
	w->not_before = o->not_before;
	w->not_after = o->not_after;
	return check_request(r);
}

static struct err *start(struct ca_request *r)
{
	struct wish *w = xcalloc(1, sizeof(*w));
	int64_t account_id = 0;

	r->state = w;
	r->state_free = wish_free;
	TRY(res_id(&account_id, r, 0, "order"));
	TRY(res_id(&w->order_id, r, 1, "order"));
	if (account_id != r->jws->account_id)
		return problem_new("malformed", "mismatched account ID");
	store_order_by_id(r->ca->store, res_then(r, found), w->order_id);
	return NULL;
}

static void post(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_finalize = {
	.path = "/acme/finalize",
	.min_ids = 2,
	.max_ids = 2,
	.post = post,
};
