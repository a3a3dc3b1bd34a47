/* newOrder (RFC 8555 §7.4, RFC 9773 §5; ca.md 5.6). */
#include "ca/log/log.h"
#include "ca/policy/identifiers.h"
#include "ca/policy/limiter.h"
#include "ca/policy/order_request.h"
#include "ca/policy/profiles.h"
#include "ca/res/offered.h"
#include "ca/res/order_view.h"
#include "ca/res/registry.h"
#include "ca/res/renewal.h"
#include "ca/res/step.h"
#include "ca/sign/sign.h"
#include "proto/problem.h"

struct wish {
	struct ca *ca;
	int64_t account_id;
	struct order_asked asked;
	char *replaces_serial; /* NULL: replaces nothing */
	enum renewal renewal;
	bool paid; /* a rate limit was spent on what did not come about yet */
};

static void wish_free(void *state)
{
	struct wish *w = state;

	if (w->paid)
		limiter_refund_order(w->ca->limiter, w->account_id, w->renewal);
	order_asked_release(&w->asked);
	free(w->replaces_serial);
	free(w);
}

static struct err *created(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->outcome == STORE_CONFLICT)
		return problem_new("alreadyReplaced",
				   "another order replaces the certificate \"%s\" already",
				   w->asked.replaces_text);
	if (a->order_count != 1)
		return err_new(ERR_INTERNAL, "the store made no order");
	w->paid = false;
	if (a->outcome == STORE_DONE)
		ca_log(r->ca->log, LOG_LEVEL_INFO, "order_created",
		       LOG_FIELDS(LOG_NUM("account", w->account_id),
				  LOG_NUM("order", a->orders[0].id),
				  LOG_STR("profile", w->asked.profile->name),
				  LOG_NUM("identifiers", w->asked.idents.count)));
	order_view_answer(r, 201, &a->orders[0]);
	return NULL;
}

static void ask_store(struct ca_request *r, const struct store_order_ident *idents)
{
	const struct wish *w = r->state;
	const struct order_asked *asked = &w->asked;
	const struct policy_config *policy = &r->ca->config->policy;
	time_t now = ca_now(r);
	const struct store_order_new o = {
		.account_id = w->account_id,
		.idents = idents,
		.ident_count = asked->idents.count,
		.profile = asked->profile->name,
		.now = now,
		.expires = now + asked->profile->order_s,
		.not_before = asked->not_before,
		.not_after = asked->not_after,
		.authz_expires = now + asked->profile->pending_s,
		.reuse_order = policy->reuse_orders,
		.reuse_authz_after = policy->reuse_authorizations
					   ? profile_reuse_after(asked->profile, now)
					   : 0,
		.never_reuse = OFFERED_NEVER_REUSE,
		.replaces = asked->replaces_text,
		.replaces_serial = w->replaces_serial,
	};

	store_order_create(r->ca->store, res_then(r, created), &o);
}

/* Better now than when all is proved. */
static struct err *check_issuer(const struct ca_request *r, const struct order_asked *asked)
{
	time_t now = ca_now(r);

	return sign_check_dates(r->ca->sign, asked->profile,
				asked->not_before > now ? asked->not_before : now);
}

static struct err *create(struct ca_request *r)
{
	struct wish *w = r->state;
	size_t count = w->asked.idents.count;

	TRY(limiter_new_order(r->ca->limiter, w->account_id, &w->asked.idents, w->renewal,
			      clock_now_ms(r->ca->world->clock)));
	w->paid = true;
	AUTO(free) struct store_order_ident *idents = xcalloc(count, sizeof(*idents));

	for (size_t i = 0; i < count; i++)
		offered_init(&idents[i], r->ca, &w->asked.idents.items[i]);
	ask_store(r, idents);
	for (size_t i = 0; i < count; i++)
		offered_release(&idents[i]);
	return NULL;
}

static struct err *same_known(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->outcome == STORE_DONE)
		w->renewal = RENEWAL_SAME_NAMES;
	return create(r);
}

static struct err *look_for_same(struct ca_request *r)
{
	const struct wish *w = r->state;
	const struct store_renewed same = {
		.idents = &w->asked.idents,
		.since = ca_now(r) - RENEWAL_SAME_S,
	};

	if (!limiter_is_on(r->ca->limiter))
		return create(r);
	store_cert_renewed(r->ca->store, res_then(r, same_known), &same);
	return NULL;
}

static struct err *check_replaced(const struct wish *w, const struct store_cert *c)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };

	if (c->account_id != w->account_id)
		return problem_new("unauthorized",
				   "the certificate to be replaced was not issued to this account");
	idents_to_names(&names, &c->idents);
	if (!identifiers_share(&w->asked.idents, &names))
		return problem_new(
			"malformed",
			"the order has no identifier of the certificate that it is to replace");
	return NULL;
}

static struct err *replaced_found(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->outcome != STORE_DONE)
		return ca_not_found("the certificate to be replaced is not known here");
	TRY(check_replaced(w, &a->certs[0]));
	if (renewal_is_timely(r->ca, &a->certs[0], ca_now(r))) {
		w->renewal = RENEWAL_TIMELY;
		return create(r);
	}
	return look_for_same(r);
}

static struct err *start(struct ca_request *r)
{
	struct wish *w = xcalloc(1, sizeof(*w));

	w->ca = r->ca;
	w->account_id = r->jws->account_id;
	r->state = w;
	r->state_free = wish_free;
	TRY(order_asked_read(&w->asked, r->ca->policy, r->jws->payload, w->account_id, ca_now(r)));
	TRY(check_issuer(r, &w->asked));
	if (w->asked.replaces_text == NULL)
		return look_for_same(r);
	w->replaces_serial = renewal_serial(r->ca, &w->asked.replaces);
	if (w->replaces_serial == NULL)
		return ca_not_found("the certificate to be replaced is of no issuer here");
	store_cert_by_serial(r->ca->store, res_then(r, replaced_found), w->replaces_serial);
	return NULL;
}

static void post(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_new_order = {
	.field = "newOrder",
	.path = "/acme/new-order",
	.post = post,
};
