#include "ca/jws/check.h"

#include <string.h>

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/jws/account_keys.h"
#include "ca/jws/form.h"
#include "ca/jws/nonce.h"
#include "ca/store/store.h"
#include "jose/base64url.h"
#include "jose/jwk.h"
#include "proto/problem.h"

struct check {
	struct ca_request *r;
	jws_checked_fn *done;
	struct signed_request *s;
	struct verifying *verifying; /* by the key of s */
	int64_t account_id;
	uint64_t cache_age;
};

/* --- the envelope --- */

/* RFC 8555 §6.2 says 415, Boulder 400. */
static struct err *check_content_type(const struct ca_request *r)
{
	const char *type = http_headers_get(&r->http->headers, "Content-Type");

	if (type != NULL && streq(type, "application/jose+json"))
		return NULL;
	struct err *e = problem_new("malformed",
				    "The Content-Type must be \"application/jose+json\"");

	if (r->ca->config->policy.quirks == QUIRKS_RFC)
		e->http_status = 415;
	return e;
}

static struct err *check_envelope(const struct ca_request *r)
{
	TRY(check_content_type(r));
	if (http_headers_get(&r->http->headers, "Replay-Nonce") != NULL)
		return problem_new("malformed", "Replay-Nonce is no header of a request");
	if (r->http->body.len == 0)
		return problem_new("malformed", "No body on POST");
	if (r->http->body.len > LIMIT_CA_BODY)
		return problem_new("unauthorized", "request body too large");
	return NULL;
}

/* --- the form --- */

/* RFC 8555 §6.2: exactly one of them, and the one that the resource wants. */
static struct err *check_signer(const struct jws *j, enum signed_by by)
{
	if (j->kid == NULL && j->jwk == NULL)
		return problem_new("malformed", "JWS: neither \"jwk\" nor \"kid\" is given");
	if (by == SIGNED_BY_NEW_KEY && j->jwk == NULL)
		return problem_new("malformed", "JWS: a \"jwk\" is needed here, not a \"kid\"");
	if (by == SIGNED_BY_ACCOUNT && j->kid == NULL)
		return problem_new("malformed", "JWS: a \"kid\" is needed here, not a \"jwk\"");
	return NULL;
}

/* --- what needs the key --- */

/* RFC 8555 §6.5.2 makes another encoding malformed; Boulder calls it a bad nonce, which clients heal by themselves. */
static struct err *check_nonce(const struct ca_request *r, const char *nonce)
{
	const struct ca_config *c = r->ca->config;
	int64_t percent = c->test.nonce_reject_percent;

	if (nonce != NULL && c->policy.quirks == QUIRKS_RFC &&
	    (strlen(nonce) > LIMIT_NONCE || !base64url_is(nonce)))
		return problem_new("malformed", "JWS: the nonce is not base64url");
	TRY(nonces_redeem(r->ca->nonces, nonce));
	if (percent > 0 && (int64_t)rand_below(r->ca->world->random, 100) < percent)
		return problem_new("badNonce",
				   "JWS has a good anti-replay nonce, refused for a test");
	return NULL;
}

/* RFC 8555 §6.4 says unauthorized, Boulder malformed. */
static struct err *check_url(const struct ca_request *r, const char *url)
{
	bool rfc = r->ca->config->policy.quirks == QUIRKS_RFC;
	const char *target = r->http->target;
	const char *path = *target == '/' ? target : strchr(strstr(target, "://") + 3, '/');
	AUTO(free) char *wanted = ca_url(r, "%s", path);

	if (url == NULL)
		return problem_new("malformed", "JWS: header parameter 'url' required");
	if (streq(url, wanted))
		return NULL;
	AUTO(free) char *shown = str_printable(url, LIMIT_URL);

	return problem_new(rfc ? "unauthorized" : "malformed",
			   "JWS: header parameter 'url' incorrect: expected \"%s\", got \"%s\"",
			   wanted, shown);
}

static struct err *read_payload(struct signed_request *s)
{
	const struct buf *text = &s->jws->payload;

	if (text->len == 0)
		return NULL;
	AUTO(err_free) struct err *e = json_parse(&s->payload, text->data, text->len, "payload");

	if (e == NULL && json_is_object(s->payload))
		return NULL;
	return problem_new("malformed", "JWS: the payload is no JSON object");
}

static struct err *check_with_key(const struct check *c)
{
	struct signed_request *s = c->s;

	TRY(form_check_signature(s->jws, c->verifying));
	TRY(check_nonce(c->r, s->jws->nonce));
	TRY(check_url(c->r, s->jws->url));
	return read_payload(s);
}

static void finish(struct check *c, struct err *e)
{
	struct ca_request *r = c->r;
	jws_checked_fn *done = c->done;
	struct signed_request *s = e == NULL ? MOVE(c->s) : NULL;

	signed_request_free(c->s);
	verifying_free(c->verifying);
	free(c);
	done(r, e, s);
}

/* --- jwk --- */

/* A certificate's own key may revoke it however weak it is. */
static struct err *check_policy(const struct check *c)
{
	if (c->r->resource->signed_by == SIGNED_BY_EITHER)
		return NULL;
	return form_check_key(c->r->ca->policy, c->s->key);
}

static struct err *check_by_jwk(struct check *c)
{
	TRY(form_embedded_key(&c->s->key, &c->s->thumbprint, c->s->jws));
	TRY(check_policy(c));
	TRY(verifying_new(&c->verifying, c->s->key));
	return check_with_key(c);
}

/* --- kid --- */

static struct err *no_such_account(int64_t id)
{
	return problem_new("accountDoesNotExist", "Account %lld not found", (long long)id);
}

static struct err *check_status(const struct account_key *k)
{
	if (k->status == ACCOUNT_VALID)
		return NULL;
	return problem_new("unauthorized", "Account is not valid, has status \"%s\"",
			   account_status_name(k->status));
}

/* Takes what k has. */
static struct err *check_by_account(struct check *c, struct account_key *k)
{
	TRY(check_status(k));
	c->s->account_id = k->account_id;
	c->s->key = MOVE(k->key);
	c->verifying = MOVE(k->verifying);
	c->s->thumbprint = MOVE(k->thumbprint);
	return check_with_key(c);
}

static struct err *read_key(struct account_key *out, const struct store_account *a)
{
	AUTO(json_release) json_t *jwk = NULL;

	TRY(json_parse(&jwk, a->jwk, strlen(a->jwk), "account key"));
	TRY(jwk_parse(&out->key, jwk, false));
	TRY(verifying_new(&out->verifying, out->key));
	out->account_id = a->id;
	out->thumbprint = xstrdup(a->thumbprint);
	return NULL;
}

/* A key that is known already is not read again: that costs as much as two signatures verified. */
static struct err *key_of_account(struct account_key *out, struct account_keys *known,
				  const struct store_account *a)
{
	if (!account_keys_recall(known, a->id, a->thumbprint, out))
		TRY(read_key(out, a));
	out->status = a->status;
	return NULL;
}

static struct err *check_by_stored(struct check *c, struct store_answer *answer)
{
	AUTO(account_key_release) struct account_key k = { 0 };

	if (answer->error != NULL)
		return MOVE(answer->error);
	if (answer->outcome == STORE_NOT_FOUND)
		return no_such_account(c->account_id);
	TRY_WRAP(key_of_account(&k, c->r->ca->account_keys, &answer->accounts[0]), "account %lld",
		 (long long)c->account_id);
	account_keys_put(c->r->ca->account_keys, &k, c->cache_age);
	return check_by_account(c, &k);
}

static void on_account(void *ctx, struct store_answer *answer)
{
	struct check *c = ctx;

	finish(c, check_by_stored(c, answer));
}

static void ask_store(struct check *c)
{
	const struct store_asker who = { .mailbox = c->r->loop->mailbox,
					 .done = on_account,
					 .ctx = c };

	c->cache_age = account_keys_age(c->r->ca->account_keys);
	store_account_by_id(c->r->ca->store, &who, c->account_id);
}

/* "https://ca.example.org/acme/acct/7" behind where we are or were (ca.md 5.2). */
static bool is_account_url(int64_t *id, const char *kid, const char *base)
{
	AUTO(free) char *prefix = str_fmt("%s" ACCOUNT_PATH "/", base);

	return str_starts(kid, prefix) && str_to_int(kid + strlen(prefix), 1, INT64_MAX, id);
}

static struct err *read_kid(int64_t *out, const struct ca_request *r, const char *kid)
{
	const struct strlist *former = &r->ca->config->server.former_urls;
	bool ours = is_account_url(out, kid, r->base);

	for (size_t i = 0; !ours && i < former->count; i++)
		ours = is_account_url(out, kid, former->items[i]);
	if (ours)
		return NULL;
	AUTO(free) char *shown = str_printable(kid, LIMIT_URL);

	return problem_new("malformed", "JWS: \"%s\" is no account URL of this server", shown);
}

/* False: the store was asked, and *e is not known yet. */
static bool check_by_kid(struct err **e, struct check *c)
{
	AUTO(account_key_release) struct account_key k = { 0 };

	*e = read_kid(&c->account_id, c->r, c->s->jws->kid);
	if (*e != NULL)
		return true;
	if (!account_keys_get(c->r->ca->account_keys, c->account_id, &k)) {
		ask_store(c);
		return false;
	}
	*e = check_by_account(c, &k);
	return true;
}

/* --- all --- */

static struct err *check_form(const struct check *c)
{
	TRY(check_envelope(c->r));
	TRY(form_parse(&c->s->jws, c->r->http->body.data, c->r->http->body.len));
	return check_signer(c->s->jws, c->r->resource->signed_by);
}

void jws_check(struct ca_request *r, jws_checked_fn *done)
{
	struct check *c = xcalloc(1, sizeof(*c));

	c->r = r;
	c->done = done;
	c->s = xcalloc(1, sizeof(*c->s));
	struct err *e = check_form(c);

	if (e == NULL && c->s->jws->jwk != NULL)
		e = check_by_jwk(c);
	else if (e == NULL && !check_by_kid(&e, c))
		return;
	finish(c, e);
}
