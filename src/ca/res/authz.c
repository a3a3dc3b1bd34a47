/* An authorization, and its deactivation (RFC 8555 §7.5, §7.5.2; ca.md 5.7). */
#include "ca/policy/limiter.h"
#include "ca/res/authz_view.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "proto/problem.h"

static struct err *refuse_end(void)
{
	return problem_new(
		"malformed",
		"the authorization is neither pending nor valid, so it cannot be deactivated");
}

static struct err *deactivated(struct ca_request *r, struct store_answer *a)
{
	if (a->outcome == STORE_TOO_LATE)
		return refuse_end();
	if (a->outcome != STORE_DONE)
		return ca_not_found("no such authorization");
	ca_answer_json(r, 200, authz_view(r, &a->authzs[0]));
	return NULL;
}

/* To give up one that is pending counts as a failure: else limits on failures could be dodged. */
static struct err *deactivate(struct ca_request *r, const struct store_authz *a)
{
	const json_t *status = json_object_get(r->jws->payload, "status");

	if (!json_is_string(status) || !streq(json_string_value(status), "deactivated"))
		return problem_new(
			"malformed",
			"the one change an authorization takes is the status deactivated");
	if (a->status != AUTHZ_PENDING && a->status != AUTHZ_VALID)
		return refuse_end();
	if (a->status == AUTHZ_PENDING)
		limiter_judged(r->ca->limiter, a->account_id, &a->ident, false,
			       clock_now_ms(r->ca->world->clock));
	store_authz_deactivate(r->ca->store, res_then(r, deactivated), a->id, ca_now(r));
	return NULL;
}

static struct err *found(struct ca_request *r, struct store_answer *a)
{
	int64_t account_id = 0;

	TRY(res_id(&account_id, r, 0, "authorization"));
	if (a->outcome != STORE_DONE || a->authzs[0].account_id != account_id)
		return ca_not_found("no such authorization");
	const struct store_authz *authz = &a->authzs[0];

	if (store_authz_status(authz, ca_now(r)) == AUTHZ_EXPIRED)
		return ca_not_found("expired authorization");
	if (r->jws != NULL && r->jws->account_id != account_id)
		return problem_new("unauthorized", "this authorization is another account's");
	if (r->jws != NULL && r->jws->payload != NULL)
		return deactivate(r, authz);
	ca_answer_json(r, 200, authz_view(r, authz));
	return NULL;
}

static struct err *start(struct ca_request *r)
{
	int64_t id = 0;

	TRY(res_id(&id, r, 1, "authorization"));
	store_authz_by_id(r->ca->store, res_then(r, found), id);
	return NULL;
}

static void show(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_authz = {
	.path = "/acme/authz",
	.min_ids = 2,
	.max_ids = 2,
	.get = show,
	.post = show,
	.get_by_quirk = true,
};
