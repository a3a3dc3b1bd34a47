/* A challenge: shown, or called ready by the client, which starts its one attempt (RFC 8555 §7.5.1; ca.md 5.7). */
#include "ca/config/config.h"
#include "ca/dcv/dcv.h"
#include "ca/policy/offer.h"
#include "ca/res/authz_view.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/res/url.h"
#include "proto/problem.h"

static const char *type_of(const struct ca_request *r)
{
	return r->ids.items[2];
}

static void show(struct ca_request *r, const struct store_authz *a)
{
	AUTO(free) char *up = url_authz(r, a);
	AUTO(free) char *url = url_challenge(r, a, type_of(r));

	ca_link(r, "up", up); /* RFC 8555 §7.1 */
	ca_header(r, "Location", url);
	ca_answer_json(r, 200, challenge_view(r, a, type_of(r)));
}

/* By the RFC, to call the same challenge ready twice is to ask how it is; by Let's Encrypt's rules it is in the way. */
static struct err *under_way(struct ca_request *r, const struct store_authz *a)
{
	bool same = a->attempt != NULL && streq(a->attempt, type_of(r));

	if (!same || r->ca->config->policy.quirks == QUIRKS_LETSENCRYPT)
		return problem_new("conflict",
				   "a challenge of this authorization is being validated already");
	show(r, a);
	return NULL;
}

static struct err *not_pending(void)
{
	return problem_new("malformed", "the challenge's authorization must be pending");
}

/* A verdict that came at once saves the client from asking again. */
static void show_attempt(struct ca_request *r, const struct store_authz *a)
{
	if (a->status == AUTHZ_PENDING)
		ca_retry_after(r, 1); /* lego waits for 5 seconds otherwise */
	show(r, a);
}

/* Somebody else's attempt may have made it valid. */
static struct err *too_late(struct ca_request *r, const struct store_authz *a)
{
	if (a->status != AUTHZ_VALID)
		return not_pending();
	show(r, a);
	return NULL;
}

static struct err *begun(struct ca_request *r, struct store_answer *a)
{
	switch (a->outcome) {
	case STORE_DONE:
		show_attempt(r, &a->authzs[0]);
		return NULL;
	case STORE_EXISTED:
		show(r, &a->authzs[0]);
		return NULL;
	case STORE_CONFLICT:
		return under_way(r, &a->authzs[0]);
	case STORE_TOO_LATE:
		return too_late(r, &a->authzs[0]);
	case STORE_NOT_FOUND:
	case STORE_OUTCOME_COUNT:
		break;
	}
	return ca_not_found("no such challenge");
}

static void judge(struct ca_request *r, struct store_authz *a)
{
	AUTO(free) char *url = url_account(r, a->account_id);
	const struct dcv_account account = { .thumbprint = r->jws->thumbprint, .url = url };

	a->attempt = xstrdup(type_of(r));
	dcv_begin(r->loop->dcv, a, &account, res_then(r, begun));
}

static bool is_offered(const struct ca_request *r)
{
	const struct challenge_type *type = challenge_type_by_name(type_of(r));

	return type != NULL && offer_has(r->ca->policy, type);
}

static struct err *begin(struct ca_request *r, struct store_authz *a)
{
	const json_t *payload = NULL;

	TRY(res_payload_object(&payload, r));
	if (r->ca->config->test.strict && json_object_size(payload) > 0)
		return problem_new("malformed", "the payload is more than an empty object");
	if (a->status != AUTHZ_PENDING)
		return too_late(r, a);
	if (!is_offered(r))
		return problem_new("malformed", "challenges of this type were switched off");
	if (a->attempt != NULL)
		return under_way(r, a);
	judge(r, a);
	return NULL;
}

static struct err *found(struct ca_request *r, struct store_answer *a)
{
	int64_t account_id = 0;

	TRY(res_id(&account_id, r, 0, "challenge"));
	if (a->outcome != STORE_DONE || a->authzs[0].account_id != account_id)
		return ca_not_found("no such challenge");
	struct store_authz *authz = &a->authzs[0];

	if (store_authz_status(authz, ca_now(r)) == AUTHZ_EXPIRED)
		return ca_not_found("expired authorization");
	if (!challenge_view_has(authz, type_of(r)))
		return ca_not_found("no such challenge");
	if (r->jws != NULL && r->jws->account_id != account_id)
		return problem_new("unauthorized",
				   "this challenge's authorization is another account's");
	if (r->jws != NULL && r->jws->payload != NULL)
		return begin(r, authz);
	show(r, authz);
	return NULL;
}

static struct err *start(struct ca_request *r)
{
	int64_t id = 0;

	TRY(res_id(&id, r, 1, "challenge"));
	store_authz_by_id(r->ca->store, res_then(r, found), id);
	return NULL;
}

static void handle(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_challenge = {
	.path = "/acme/chall",
	.min_ids = 3,
	.max_ids = 3,
	.get = handle,
	.post = handle,
	.get_by_quirk = true,
};
