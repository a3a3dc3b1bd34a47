/* newAccount (RFC 8555 §7.3; ca.md 5.5, 5.17). */
#include "ca/config/config.h"
#include "ca/jws/binding.h"
#include "ca/log/log.h"
#include "ca/policy/contacts.h"
#include "ca/policy/limiter.h"
#include "ca/res/account_view.h"
#include "ca/res/blocked.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/res/url.h"
#include "jose/jwk.h"
#include "proto/problem.h"

struct wish {
	struct strlist contacts;
	bool agreed, only_existing;
	const json_t *binding_field; /* a loan of the payload; NULL: none */
	struct jws *binding;
};

static void wish_free(void *state)
{
	struct wish *w = state;

	strlist_release(&w->contacts);
	jws_free(w->binding);
	free(w);
}

/* --- the account is there --- */

static void add_location(struct ca_request *r, const struct store_account *a)
{
	AUTO(free) char *url = url_account(r, a->id);

	ca_header(r, "Location", url);
}

/* RFC 8555 §7.3.1 */
static struct err *answer_known(struct ca_request *r, const struct store_account *a)
{
	if (a->status != ACCOUNT_VALID)
		return problem_new("unauthorized", "the account of this key is %s",
				   account_status_name(a->status));
	add_location(r, a);
	account_view_answer(r, 200, a);
	return NULL;
}

static struct err *created(struct ca_request *r, struct store_answer *a)
{
	const char *terms = r->ca->config->directory.terms_of_service;

	if (a->outcome == STORE_CONFLICT)
		return problem_new("unauthorized",
				   "externalAccountBinding: the key cannot be used any more");
	if (a->account_count != 1)
		return err_new(ERR_INTERNAL, "the store made no account");
	if (a->outcome == STORE_EXISTED)
		return answer_known(r, &a->accounts[0]);
	ca_log(r->ca->log, LOG_LEVEL_INFO, "account_created",
	       LOG_FIELDS(LOG_NUM("account", a->accounts[0].id),
			  LOG_STR("contacts", a->accounts[0].contacts)));
	if (terms != NULL)
		ca_link(r, "terms-of-service", terms);
	add_location(r, &a->accounts[0]);
	account_view_answer(r, 201, &a->accounts[0]);
	return NULL;
}

/* --- it is to be made --- */

static char *contacts_text(const struct strlist *contacts)
{
	AUTO(json_release) json_t *array = json_array();

	for (size_t i = 0; i < contacts->count; i++)
		(void)json_array_append_new(array, json_string(contacts->items[i]));
	return json_compact(array);
}

static struct err *create(struct ca_request *r)
{
	const struct wish *w = r->state;
	AUTO(json_release) json_t *jwk = NULL;

	TRY(limiter_new_account(r->ca->limiter, r->peer, clock_now_ms(r->ca->world->clock)));
	TRY(jwk_public(&jwk, r->jws->key));
	AUTO(free) char *jwk_text = json_compact(jwk);
	AUTO(free) char *contacts = contacts_text(&w->contacts);
	AUTO(free)
	char *binding = w->binding_field != NULL ? json_compact(w->binding_field) : NULL;
	const struct store_account_new a = {
		.jwk = jwk_text,
		.thumbprint = r->jws->thumbprint,
		.contacts = contacts,
		.eab = binding,
		.eab_kid = w->binding != NULL ? w->binding->kid : NULL,
		.eab_single_use = r->ca->config->accounts.eab_single_use,
		.now = ca_now(r),
	};

	store_account_create(r->ca->store, res_then(r, created), &a);
	return NULL;
}

static struct err *binding_found(struct ca_request *r, struct store_answer *a)
{
	const struct wish *w = r->state;
	const struct binding_facts facts = {
		.eab = a->outcome == STORE_DONE ? &a->eabs[0] : NULL,
		.single_use = r->ca->config->accounts.eab_single_use,
		.thumbprint = r->jws->thumbprint,
		.now = ca_now(r),
	};

	TRY(binding_check(w->binding, &facts));
	return create(r);
}

static struct err *key_asked(struct ca_request *r, struct store_answer *a)
{
	const struct wish *w = r->state;

	if (a->outcome == STORE_DONE)
		return problem_new("badPublicKey", "this key was reported as compromised");
	if (w->binding == NULL)
		return create(r);
	store_eab_by_kid(r->ca->store, res_then(r, binding_found), w->binding->kid);
	return NULL;
}

/* --- may it be made? --- */

/* RFC 8555 §7.3.3 has a type for it; Boulder calls it malformed. */
static struct err *check_terms(struct ca_request *r, const struct wish *w)
{
	const char *terms = r->ca->config->directory.terms_of_service;
	bool rfc = r->ca->config->policy.quirks == QUIRKS_RFC;

	if (terms == NULL || w->agreed)
		return NULL;
	ca_link(r, "terms-of-service", terms);
	return problem_new(rfc ? "userActionRequired" : "malformed",
			   "must agree to terms of service");
}

static struct err *check_binding(const struct ca_request *r, struct wish *w)
{
	if (w->binding_field != NULL)
		return binding_parse(&w->binding, w->binding_field, r->jws->jws->url);
	if (r->ca->config->accounts.eab_required)
		return problem_new("externalAccountRequired",
				   "an account needs an external account binding here");
	return NULL;
}

static struct err *account_looked_up(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->account_count == 1)
		return answer_known(r, &a->accounts[0]);
	if (w->only_existing)
		return problem_new("accountDoesNotExist", "there is no account with this key");
	TRY(check_terms(r, w));
	TRY(contacts_check(r->ca->config, &w->contacts));
	TRY(check_binding(r, w));
	return blocked_ask(r, r->jws->key, key_asked);
}

static struct err *read_wish(struct wish *w, const json_t *payload)
{
	json_t *binding = NULL;

	TRY(json_get_bool(&w->agreed, payload, "termsOfServiceAgreed", JSON_OPTIONAL));
	TRY(json_get_bool(&w->only_existing, payload, "onlyReturnExisting", JSON_OPTIONAL));
	TRY(json_get_strings(&w->contacts, payload, "contact", JSON_OPTIONAL));
	TRY(json_get_object(&binding, payload, "externalAccountBinding", JSON_OPTIONAL));
	w->binding_field = binding;
	return NULL;
}

static struct err *start(struct ca_request *r)
{
	struct wish *w = xcalloc(1, sizeof(*w));
	const json_t *payload = NULL;

	r->state = w;
	r->state_free = wish_free;
	TRY(res_payload_object(&payload, r));
	TRY(res_malformed(read_wish(w, payload)));
	store_account_by_thumbprint(r->ca->store, res_then(r, account_looked_up),
				    r->jws->thumbprint);
	return NULL;
}

static void post(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_new_account = {
	.field = "newAccount",
	.path = "/acme/new-acct",
	.signed_by = SIGNED_BY_NEW_KEY,
	.post = post,
};
