/*
 * revokeCert (RFC 8555 §7.6; ca.md 5.9). Three may revoke: the account it was issued to; another one that is authorized for all of
 * its names; whoever has its key. The last proves the key compromised, so the key is blocked, its account and
 * every other certificate of it are revoked too, this one last: whoever was interrupted just revokes again.
 */
#include <openssl/sha.h>
#include <string.h>

#include "base/limits.h"
#include "ca/crl/crls.h"
#include "ca/jws/account_keys.h"
#include "ca/log/log.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/sign/sign.h"
#include "jose/base64url.h"
#include "pki/cert.h"
#include "proto/problem.h"

/* CRLReason (RFC 5280 §5.3.1). */
enum {
	UNSPECIFIED = 0,
	KEY_COMPROMISE = 1,
	SUPERSEDED = 4,
	CESSATION = 5,
};

static const int64_t reasons[] = { UNSPECIFIED, KEY_COMPROMISE, SUPERSEDED, CESSATION };

struct wish {
	struct buf der;
	struct cert *cert;
	char *serial;
	unsigned char spki_sha256[SHA256_DIGEST_LENGTH];
	int reason;
	bool by_key;
	int64_t key_account_id; /* whose account key it is too */
	struct strlist others;  /* serials of the same key that are still to be revoked */
	char *after;            /* the last one that the store named */
};

static void wish_free(void *state)
{
	struct wish *w = state;

	buf_release(&w->der);
	cert_free(w->cert);
	free(w->serial);
	strlist_release(&w->others);
	free(w->after);
	free(w);
}

/* The store shows the certificate that it changed. */
static void tell_crl(const struct ca_request *r, const struct store_answer *a)
{
	if (a->cert_count > 0)
		crls_revoked(r->ca->crls, a->certs[0].issuer, a->certs[0].shard);
}

static struct err *revoked(struct ca_request *r, struct store_answer *a)
{
	const struct wish *w = r->state;

	if (a->outcome == STORE_EXISTED)
		return problem_new("alreadyRevoked", "the certificate is revoked already");
	if (a->outcome != STORE_DONE)
		return ca_not_found("no such certificate");
	ca_log(r->ca->log, LOG_LEVEL_INFO, "certificate_revoked",
	       LOG_FIELDS(LOG_STR("serial", w->serial), LOG_NUM("reason", w->reason),
			  LOG_NUM("account", r->jws->account_id)));
	tell_crl(r, a);
	ca_answer_empty(r, 200);
	return NULL;
}

static struct err *revoke_it(struct ca_request *r)
{
	const struct wish *w = r->state;

	store_cert_revoke(r->ca->store, res_then(r, revoked), w->serial, ca_now(r), w->reason,
			  w->by_key);
	return NULL;
}

/* --- the certificate's key is in wrong hands */

static struct err *others_found(struct ca_request *r, struct store_answer *a);

static struct err *look_for_others(struct ca_request *r)
{
	const struct wish *w = r->state;

	store_certs_by_key(r->ca->store, res_then(r, others_found), w->spki_sha256, w->after,
			   ca_now(r), LIMIT_CERTS_PER_STEP);
	return NULL;
}

static struct err *revoke_others(struct ca_request *r);

static struct err *other_revoked(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->outcome == STORE_DONE)
		ca_log(r->ca->log, LOG_LEVEL_INFO, "certificate_revoked",
		       LOG_FIELDS(LOG_STR("serial", w->others.items[w->others.count - 1]),
				  LOG_NUM("reason", KEY_COMPROMISE),
				  LOG_STR("same_key_as", w->serial)));
	tell_crl(r, a);
	free(w->others.items[--w->others.count]);
	return revoke_others(r);
}

static struct err *revoke_others(struct ca_request *r)
{
	const struct wish *w = r->state;

	if (w->others.count == 0)
		return look_for_others(r);
	store_cert_revoke(r->ca->store, res_then(r, other_revoked),
			  w->others.items[w->others.count - 1], ca_now(r), KEY_COMPROMISE, false);
	return NULL;
}

static struct err *others_found(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->cert_count == 0)
		return revoke_it(r);
	for (size_t i = 0; i < a->cert_count; i++)
		if (!streq(a->certs[i].serial, w->serial))
			strlist_add(&w->others, a->certs[i].serial);
	free(w->after);
	w->after = xstrdup(a->certs[a->cert_count - 1].serial);
	return revoke_others(r);
}

static struct err *account_ended(struct ca_request *r, struct store_answer *a)
{
	const struct wish *w = r->state;

	account_keys_forget(r->ca->account_keys, w->key_account_id);
	if (a->outcome == STORE_DONE)
		ca_log(r->ca->log, LOG_LEVEL_INFO, "account_revoked",
		       LOG_FIELDS(LOG_NUM("account", w->key_account_id),
				  LOG_STR("same_key_as", w->serial)));
	return look_for_others(r);
}

/* What the key signs is nobody's word any more. */
static struct err *account_found(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->outcome != STORE_DONE)
		return look_for_others(r);
	w->key_account_id = a->accounts[0].id;
	store_account_end(r->ca->store, res_then(r, account_ended), w->key_account_id,
			  ACCOUNT_REVOKED);
	return NULL;
}

static struct err *key_blocked(struct ca_request *r, struct store_answer *a)
{
	(void)a;
	store_account_by_thumbprint(r->ca->store, res_then(r, account_found), r->jws->thumbprint);
	return NULL;
}

static struct err *block_key(struct ca_request *r)
{
	struct wish *w = r->state;

	w->reason = KEY_COMPROMISE;
	w->by_key = true;
	store_key_block(r->ca->store, res_then(r, key_blocked), w->spki_sha256, ca_now(r));
	return NULL;
}

/* --- who asks */

static struct err *covered(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->outcome != STORE_DONE)
		return problem_new(
			"unauthorized",
			"the certificate is another account's, and this one is not authorized for all of its names");
	w->reason = CESSATION;
	return revoke_it(r);
}

static struct err *by_key(struct ca_request *r)
{
	const struct wish *w = r->state;
	bool same = false;

	TRY(cert_has_key(&same, w->cert, r->jws->key));
	if (!same)
		return problem_new(
			"unauthorized",
			"the request is signed neither by an account nor by the certificate's key");
	return block_key(r);
}

static struct err *found(struct ca_request *r, struct store_answer *a)
{
	struct wish *w = r->state;

	if (a->outcome != STORE_DONE || a->certs[0].der_len != w->der.len ||
	    memcmp(a->certs[0].der, w->der.data, w->der.len) != 0)
		return ca_not_found("no such certificate");
	if (r->jws->account_id == 0)
		return by_key(r);
	if (a->certs[0].account_id == r->jws->account_id)
		return revoke_it(r);
	store_authz_covers(r->ca->store, res_then(r, covered), r->jws->account_id,
			   &a->certs[0].idents, ca_now(r));
	return NULL;
}

/* --- what is asked */

static struct err *read_reason(struct wish *w, const json_t *payload)
{
	const json_t *reason = json_object_get(payload, "reason");

	if (reason == NULL)
		return NULL;
	if (!json_is_integer(reason))
		return problem_new("malformed", "\"reason\" is no whole number");
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i] == json_integer_value(reason)) {
			w->reason = (int)reasons[i];
			return NULL;
		}
	return problem_new("badRevocationReason", "the reason is none of 0, 1, 4 and 5");
}

static struct err *malformed(struct err *why)
{
	AUTO(err_free) struct err *e = why;
	AUTO(free) char *text = err_text(e);

	return problem_new("malformed", "the certificate to be revoked: %s", text);
}

static struct err *read_certificate(struct wish *w, const json_t *payload)
{
	const char *text = json_string_value(json_object_get(payload, "certificate"));

	if (text == NULL)
		return problem_new("malformed", "\"certificate\" is missing or no text");
	struct err *e = base64url_decode(&w->der, text, strlen(text));

	if (e == NULL)
		e = buf_check(&w->der, "the certificate");
	if (e == NULL)
		e = cert_from_der(&w->cert, w->der.data, w->der.len);
	return e != NULL ? malformed(e) : NULL;
}

static struct err *check_certificate(struct ca_request *r, struct wish *w)
{
	if (sign_issuer_of(r->ca->sign, w->der.data, w->der.len) == NULL)
		return ca_not_found("the certificate is of no issuer here");
	if (cert_is_expired(w->cert, ca_now(r)))
		return problem_new("unauthorized", "the certificate has expired");
	w->serial = store_serial(&w->cert->serial);
	SHA256((const unsigned char *)w->cert->spki.data, w->cert->spki.len, w->spki_sha256);
	return NULL;
}

static struct err *start(struct ca_request *r)
{
	struct wish *w = xcalloc(1, sizeof(*w));
	const json_t *payload = NULL;

	w->der = BUF_INIT(LIMIT_CHAIN_BYTES);
	r->state = w;
	r->state_free = wish_free;
	TRY(res_payload_object(&payload, r));
	TRY(read_certificate(w, payload));
	TRY(check_certificate(r, w));
	TRY(read_reason(w, payload));
	store_cert_by_serial(r->ca->store, res_then(r, found), w->serial);
	return NULL;
}

static void post(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_revoke_cert = {
	.field = "revokeCert",
	.path = "/acme/revoke-cert",
	.signed_by = SIGNED_BY_EITHER,
	.post = post,
};
