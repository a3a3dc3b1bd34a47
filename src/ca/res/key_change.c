/* keyChange (RFC 8555 §7.3.5; ca.md 5.5): the old key signs what the new key signed. */
#include "ca/jws/account_keys.h"
#include "ca/jws/form.h"
#include "ca/log/log.h"
#include "ca/res/account_view.h"
#include "ca/res/blocked.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/res/url.h"
#include "jose/jwk.h"
#include "proto/problem.h"

struct wish {
	struct jws *inner;
	EVP_PKEY *key; /* the new one */
	char *thumbprint;
};

static void wish_free(void *state)
{
	struct wish *w = state;

	jws_free(w->inner);
	EVP_PKEY_free(w->key);
	free(w->thumbprint);
	free(w);
}

/* --- it is changed --- */

static struct err *in_use(struct ca_request *r, const struct store_account *other)
{
	AUTO(free) char *url = url_account(r, other->id);

	ca_header(r, "Location", url);
	return problem_new("conflict", "the new key is that of another account");
}

static struct err *changed(struct ca_request *r, struct store_answer *a)
{
	account_keys_forget(r->ca->account_keys, r->jws->account_id);
	if (a->outcome == STORE_CONFLICT && a->account_count == 1)
		return in_use(r, &a->accounts[0]);
	if (a->outcome != STORE_DONE || a->account_count != 1)
		return problem_new("unauthorized", "the account or its key has changed meanwhile");
	ca_log(r->ca->log, LOG_LEVEL_INFO, "account_key_changed",
	       LOG_FIELDS(LOG_NUM("account", r->jws->account_id)));
	account_view_answer(r, 200, &a->accounts[0]);
	return NULL;
}

static struct err *key_asked(struct ca_request *r, struct store_answer *a)
{
	const struct wish *w = r->state;
	AUTO(json_release) json_t *jwk = NULL;

	if (a->outcome == STORE_DONE)
		return problem_new("badPublicKey", "the new key was reported as compromised");
	TRY(jwk_public(&jwk, w->key));
	AUTO(free) char *text = json_compact(jwk);

	store_account_rekey(r->ca->store, res_then(r, changed), r->jws->account_id,
			    r->jws->thumbprint, text, w->thumbprint);
	return NULL;
}

/* --- may it be? --- */

static struct err *malformed(const char *text)
{
	return problem_new("malformed", "key change: %s", text);
}

/* RFC 8555 §7.3.5: jwk, no nonce, the same url as outside, signed by the new key. */
static struct err *read_inner(struct wish *w, const struct ca_request *r)
{
	const struct jws *outer = r->jws->jws;
	AUTO(verifying_free) struct verifying *v = NULL;

	TRY(form_parse(&w->inner, outer->payload.data, outer->payload.len));
	if (w->inner->kid != NULL || w->inner->jwk == NULL)
		return malformed("the inner JWS needs a \"jwk\" and no \"kid\"");
	TRY(form_embedded_key(&w->key, &w->thumbprint, w->inner));
	TRY(form_check_key(r->ca->policy, w->key));
	TRY(verifying_new(&v, w->key));
	TRY(form_check_signature(w->inner, v));
	if (w->inner->nonce != NULL)
		return malformed("the inner JWS must have no \"nonce\"");
	if (w->inner->url == NULL || !streq(w->inner->url, outer->url))
		return malformed("the inner JWS has another \"url\" than the outer one");
	return NULL;
}

static struct err *check_old_key(const json_t *jwk, const char *thumbprint)
{
	AUTO(free) char *named = NULL;
	AUTO(err_free) struct err *e = form_thumbprint(&named, jwk);

	if (e != NULL || !streq(named, thumbprint))
		return malformed("\"oldKey\" is not the account's key");
	return NULL;
}

static struct err *check_payload(const struct wish *w, const struct ca_request *r)
{
	AUTO(json_release) json_t *payload = NULL;
	const char *account = NULL;
	json_t *old_key = NULL;

	TRY(json_parse(&payload, buf_str(&w->inner->payload), w->inner->payload.len,
		       "the inner payload"));
	TRY(json_get_string(&account, payload, "account", JSON_REQUIRED));
	TRY(json_get_object(&old_key, payload, "oldKey", JSON_REQUIRED));
	if (!streq(account, r->jws->jws->kid))
		return malformed("\"account\" is not the account that asks");
	return check_old_key(old_key, r->jws->thumbprint);
}

static struct err *start(struct ca_request *r)
{
	struct wish *w = xcalloc(1, sizeof(*w));

	r->state = w;
	r->state_free = wish_free;
	TRY(read_inner(w, r));
	TRY(res_malformed(check_payload(w, r)));
	if (streq(w->thumbprint, r->jws->thumbprint))
		return malformed("the new key is the old one");
	return blocked_ask(r, w->key, key_asked);
}

static void post(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_key_change = {
	.field = "keyChange",
	.path = "/acme/key-change",
	.post = post,
};
