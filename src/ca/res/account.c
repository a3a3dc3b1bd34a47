/* An account: read, updated, deactivated (RFC 8555 §7.3.2, §7.3.6; ca.md 5.5). */
#include "ca/config/config.h"
#include "ca/jws/account_keys.h"
#include "ca/log/log.h"
#include "ca/policy/contacts.h"
#include "ca/res/account_view.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "proto/problem.h"

static struct err *shown(struct ca_request *r, struct store_answer *a)
{
	if (a->account_count != 1)
		return problem_new("accountDoesNotExist", "the account is gone");
	account_view_answer(r, 200, &a->accounts[0]);
	return NULL;
}

static struct err *show(struct ca_request *r)
{
	store_account_by_id(r->ca->store, res_then(r, shown), r->jws->account_id);
	return NULL;
}

/* It was ended by another request since this one's signature was found good. */
static struct err *ended_meanwhile(void)
{
	return problem_new("unauthorized", "the account is not valid any more");
}

static struct err *changed(struct ca_request *r, struct store_answer *a)
{
	account_keys_forget(r->ca->account_keys, r->jws->account_id);
	if (a->outcome == STORE_TOO_LATE)
		return ended_meanwhile();
	return shown(r, a);
}

static struct err *deactivated(struct ca_request *r, struct store_answer *a)
{
	if (a->outcome == STORE_DONE)
		ca_log(r->ca->log, LOG_LEVEL_INFO, "account_deactivated",
		       LOG_FIELDS(LOG_NUM("account", r->jws->account_id)));
	return changed(r, a);
}

/* --- what is wished --- */

/* Let's Encrypt takes no contacts in updates, and does not say so. */
static struct err *update_contacts(struct ca_request *r, const json_t *payload)
{
	AUTO(strlist_release) struct strlist contacts = { 0 };

	if (r->ca->config->policy.quirks == QUIRKS_LETSENCRYPT)
		return show(r);
	TRY(res_malformed(json_get_strings(&contacts, payload, "contact", JSON_REQUIRED)));
	TRY(contacts_check(r->ca->config, &contacts));
	AUTO(free) char *text = json_compact(json_object_get(payload, "contact"));

	store_account_contacts(r->ca->store, res_then(r, changed), r->jws->account_id, text);
	return NULL;
}

static struct err *update(struct ca_request *r, const json_t *payload)
{
	const char *status = "";

	TRY(res_malformed(json_get_string(&status, payload, "status", JSON_OPTIONAL)));
	if (streq(status, account_status_name(ACCOUNT_DEACTIVATED))) {
		store_account_end(r->ca->store, res_then(r, deactivated), r->jws->account_id,
				  ACCOUNT_DEACTIVATED);
		return NULL;
	}
	if (*status != '\0' && !streq(status, account_status_name(ACCOUNT_VALID)))
		return problem_new("malformed", "an account's status can only become deactivated");
	if (json_object_get(payload, "contact") != NULL)
		return update_contacts(r, payload);
	return show(r);
}

static struct err *start(struct ca_request *r)
{
	int64_t id = 0;

	if (!ca_request_id(r, 0, &id))
		return problem_new("malformed", "an account's id is a number");
	if (id != r->jws->account_id)
		return problem_new("unauthorized", "this is another account");
	return r->jws->payload == NULL ? show(r) : update(r, r->jws->payload);
}

static void post(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_account = {
	.path = ACCOUNT_PATH,
	.min_ids = 1,
	.max_ids = 1,
	.post = post,
};
