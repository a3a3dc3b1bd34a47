#include "acme/account.h"

#include <string.h>

#include "acme/request.h"
#include "jose/jws.h"
#include "proto/eab.h"

/* RFC 8555 §7.3: contacts are URLs; what is no text cannot be JSON. */
static struct err *read_contacts(struct strlist *out, const char *const *contacts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(free) char *shown = str_printable(contacts[i], strlen(contacts[i]));

		if (!streq(shown, contacts[i]) || strchr(shown, ':') == NULL)
			return err_new(ERR_USAGE,
				       "contact \"%s\" is no URL such as mailto:a@example.org",
				       shown);
		strlist_add(out, contacts[i]);
	}
	return NULL;
}

static struct err *bind_external(char **out, const struct acme_session *s,
				 const struct acme_registration *r, const char *new_account_url)
{
	AUTO(secret_release) struct secret key = { 0 };

	if (r->eab_kid == NULL)
		return NULL;
	if (r->eab_hmac_key == NULL)
		return err_new(ERR_USAGE, "external account binding: the HMAC key is missing");
	TRY_WRAP(eab_key_parse(&key, r->eab_hmac_key), "external account binding");
	const struct eab eab = {
		.kid = r->eab_kid,
		.alg = r->eab_hmac_alg != NULL ? r->eab_hmac_alg : "HS256",
		.key = &key,
	};
	return eab_sign(out, &eab, s->signer, new_account_url);
}

/* An account that is not valid any more signs nothing (RFC 8555 §7.1.2). */
static struct err *check_account(const char *url, const struct request *r)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(account_free) struct account *a = NULL;

	TRY(request_json(&obj, r));
	TRY(account_parse(&a, url, obj));
	if (a->status == ACCOUNT_VALID)
		return NULL;
	return err_new(ERR_PROTOCOL, "the account %s is %s", url, account_status_name(a->status));
}

/* Learns the URL; RFC 8555 §7.3: 201 for a new account, 200 for one that the key had. */
static struct err *post_new_account(struct acme_session *s, const struct account_request *a,
				    int *status)
{
	const struct directory *d = NULL;
	AUTO(free) char *payload = account_request_render(a);
	AUTO(free) char *url = NULL;

	TRY(session_directory(s, &d));
	AUTO(request_release)
	struct request r = {
		.kind = REQUEST_BY_KEY,
		.what = a->only_existing ? "looking for the account" : "new account",
		.url = d->new_account,
		.payload = payload,
		.limit_is_final = true,
	};
	TRY(request_one(s, &r));
	TRY(request_location(&url, s, &r));
	TRY(check_account(url, &r));
	free(s->account_url);
	s->account_url = MOVE(url);
	*status = r.answer.status;
	return NULL;
}

struct err *acme_account_register(struct acme_session *s, const struct acme_registration *r,
				  bool *created)
{
	const struct directory *d = NULL;
	AUTO(strlist_release) struct strlist contacts = { 0 };
	AUTO(free) char *eab = NULL;
	int status = 0;

	TRY(session_need_key(s));
	TRY(session_directory(s, &d));
	TRY(read_contacts(&contacts, r->contacts, r->contact_count));
	TRY(bind_external(&eab, s, r, d->new_account));
	const struct account_request a = {
		.terms_agreed = r->terms_agreed,
		.contacts = contacts.count > 0 ? &contacts : NULL,
		.eab = eab,
	};
	TRY(post_new_account(s, &a, &status));
	if (created != NULL)
		*created = status == 201;
	return NULL;
}

/* RFC 8555 §7.3.1 */
struct err *acme_account_find(struct acme_session *s, bool *found)
{
	const struct account_request a = { .only_existing = true };
	int status = 0;

	TRY(session_need_key(s));
	struct err *e = post_new_account(s, &a, &status);
	*found = e == NULL;
	if (e == NULL || !err_has_type(e, "accountDoesNotExist"))
		return e;
	err_ignore(e);
	return NULL;
}

/* RFC 8555 §7.3.2; payload NULL only reads. */
static struct err *post_account(struct acme_session *s, const char *what, const char *payload,
				struct account **out)
{
	AUTO(json_release) json_t *obj = NULL;

	TRY(session_need_account(s));
	AUTO(request_release)
	struct request r = { .what = what, .url = s->account_url, .payload = payload };
	TRY(request_one(s, &r));
	TRY(request_json(&obj, &r));
	return account_parse(out, s->account_url, obj);
}

struct err *acme_account_set_contacts(struct acme_session *s, const char *const *contacts,
				      size_t count)
{
	AUTO(strlist_release) struct strlist list = { 0 };
	AUTO(account_free) struct account *a = NULL;

	TRY(read_contacts(&list, contacts, count));
	AUTO(free)
	char *payload = account_request_render(&(struct account_request){ .contacts = &list });
	return post_account(s, "updating the account", payload, &a);
}

struct err *acme_account_contacts(struct acme_session *s, char ***out, size_t *count)
{
	AUTO(account_free) struct account *a = NULL;

	TRY(post_account(s, "reading the account", NULL, &a));
	*out = MOVE(a->contacts.items);
	*count = a->contacts.count;
	a->contacts.count = 0;
	return NULL;
}

struct err *session_orders_url(struct acme_session *s, char **out)
{
	AUTO(account_free) struct account *a = NULL;

	TRY(post_account(s, "reading the account", NULL, &a));
	*out = MOVE(a->orders_url);
	return NULL;
}

/* RFC 8555 §7.3.6 */
struct err *acme_account_deactivate(struct acme_session *s)
{
	AUTO(account_free) struct account *a = NULL;
	AUTO(free)
	char *payload = account_request_render(&(struct account_request){ .deactivate = true });

	TRY(post_account(s, "deactivating the account", payload, &a));
	if (a->status != ACCOUNT_DEACTIVATED)
		return err_new(ERR_PROTOCOL, "the account is still %s",
			       account_status_name(a->status));
	free(s->account_url);
	s->account_url = NULL;
	return NULL;
}

/* RFC 8555 §7.3.5: signed by the new key: which account, and which key it had. */
static struct err *rollover_payload(char **out, const struct acme_session *s,
				    const struct signer *new_key, const char *url)
{
	AUTO(json_release) json_t *obj = json_object();
	AUTO(json_release) json_t *old_key = NULL;
	const struct jws_header h = { .url = url };

	TRY(json_parse(&old_key, s->signer->jwk, strlen(s->signer->jwk), "key"));
	json_object_set_new(obj, "account", json_string(s->account_url));
	json_object_set(obj, "oldKey", old_key);
	AUTO(free) char *text = json_compact(obj);
	return jws_sign(out, new_key, &h, text);
}

struct err *acme_account_rollover(struct acme_session *s, const struct acme_key *new_key)
{
	const struct directory *d = NULL;
	AUTO(free) char *payload = NULL;

	TRY(session_need_account(s));
	TRY(session_directory(s, &d));
	if (d->key_change == NULL)
		return err_new(ERR_PROTOCOL, "the CA offers no change of account keys");
	TRY(rollover_payload(&payload, s, new_key->signer, d->key_change));
	AUTO(request_release)
	struct request r = { .what = "changing the account key",
			     .url = d->key_change,
			     .payload = payload };
	TRY(request_one(s, &r));
	s->signer = new_key->signer;
	return NULL;
}
