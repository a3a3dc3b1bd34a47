/* newAuthz: pre-authorization (RFC 8555 §7.4.1). */
#include "ca/policy/limiter.h"
#include "ca/policy/order_request.h"
#include "ca/policy/profiles.h"
#include "ca/res/authz_view.h"
#include "ca/res/offered.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/res/url.h"
#include "proto/problem.h"

static struct err *created(struct ca_request *r, struct store_answer *a)
{
	if (a->authz_count != 1)
		return err_new(ERR_INTERNAL, "the store made no authorization");
	AUTO(free) char *url = url_authz(r, &a->authzs[0]);

	ca_header(r, "Location", url);
	ca_answer_json(r, 201, authz_view(r, &a->authzs[0]));
	return NULL;
}

static void ask_store(struct ca_request *r, const struct order_asked *asked)
{
	AUTO(offered_release) struct store_order_ident ident = { 0 };
	time_t now = ca_now(r);

	offered_init(&ident, r->ca, &asked->idents.items[0]);
	const struct store_authz_new a = {
		.account_id = r->jws->account_id,
		.ident = &ident,
		.profile = asked->profile->name,
		.now = now,
		.expires = now + asked->profile->pending_s,
		.reuse_after = r->ca->config->policy.reuse_authorizations
				     ? profile_reuse_after(asked->profile, now)
				     : 0,
		.never_reuse = OFFERED_NEVER_REUSE,
	};

	store_authz_create(r->ca->store, res_then(r, created), &a);
}

/* The same as an order for this one identifier, which is held against the same rules. */
static struct err *as_order(json_t **out, const json_t *payload)
{
	json_t *ident = json_object_get(payload, "identifier");
	const char *value = json_string_value(json_object_get(ident, "value"));

	if (!json_is_object(ident))
		return problem_new("malformed", "\"identifier\" is missing or no object");
	if (value != NULL && str_starts(value, "*."))
		return problem_new(
			"malformed",
			"a wildcard cannot be authorized in advance (RFC 8555 §7.4.1); order it");
	json_t *order = json_object();
	json_t *list = json_array();

	json_array_append(list, ident);
	json_object_set_new(order, "identifiers", list);
	json_object_set(order, "profile", json_object_get(payload, "profile"));
	*out = order;
	return NULL;
}

static struct err *start(struct ca_request *r)
{
	AUTO(order_asked_release) struct order_asked asked = { 0 };
	AUTO(json_release) json_t *order = NULL;
	const json_t *payload = NULL;

	TRY(res_payload_object(&payload, r));
	TRY(as_order(&order, payload));
	TRY(order_asked_read(&asked, r->ca->policy, order, r->jws->account_id, ca_now(r)));
	TRY(limiter_new_order(r->ca->limiter, r->jws->account_id, &asked.idents, RENEWAL_NONE,
			      clock_now_ms(r->ca->world->clock)));
	ask_store(r, &asked);
	return NULL;
}

static void post(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_new_authz = {
	.field = "newAuthz",
	.path = "/acme/new-authz",
	.post = post,
};
