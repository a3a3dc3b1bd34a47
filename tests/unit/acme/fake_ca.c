/* What the fake CA keeps and answers: one function a resource, as RFC 8555 §7.1 lists them. */
#include "acme/fake_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "jose/jwk.h"

void fake_send_text(struct http_message *m, int status, const char *type, const char *body)
{
	m->status = status;
	http_headers_add(&m->headers, "Content-Type", type);
	m->body = BUF_INIT(LIMIT_MIB(4));
	buf_adds(&m->body, body);
}

static void send_json(struct fake_ca *ca, const char *path, struct http_message *m, int status,
		      json_t *body)
{
	if (ca->tamper != NULL)
		ca->tamper(ca, path, body);
	AUTO(free) char *text = json_dumps(body, JSON_COMPACT);
	fake_send_text(m, status, "application/json", text);
	json_decref(body);
}

void fake_send_problem(struct http_message *m, int status, const char *type, const char *detail)
{
	AUTO(free) char *urn = str_fmt("urn:ietf:params:acme:error:%s", type);
	AUTO(json_release) json_t *body = json_pack("{s:s,s:s}", "type", urn, "detail", detail);
	AUTO(free) char *text = json_dumps(body, 0);

	fake_send_text(m, status, "application/problem+json", text);
}

static void answer(struct fake_request *r, int status, json_t *body)
{
	send_json(r->ca, r->path, r->out, status, body);
}

static void directory(struct fake_request *r)
{
	json_t *d = json_pack("{s:s,s:s,s:s,s:s,s:s,s:{s:s,s:{s:s},s:[s]}}", "newNonce",
			      FAKE "/nonce", "newAccount", FAKE "/new-account", "newOrder",
			      FAKE "/new-order", "revokeCert", FAKE "/revoke", "keyChange",
			      FAKE "/key-change", "meta", "termsOfService", FAKE "/terms",
			      "profiles", "short", "six days", "caaIdentities", "ca.test");

	if (!r->ca->no_ari)
		json_object_set_new(d, "renewalInfo", json_string(FAKE "/ari"));
	answer(r, 200, d);
}

static json_t *account_object(struct fake_ca *ca)
{
	json_t *a = json_pack("{s:s,s:[]}", "status", ca->deactivated ? "deactivated" : "valid",
			      "contact");

	for (size_t i = 0; i < ca->contacts.count; i++)
		json_array_append_new(json_object_get(a, "contact"),
				      json_string(ca->contacts.items[i]));
	if (!ca->no_orders_list)
		json_object_set_new(a, "orders", json_string(FAKE "/orders/0"));
	return a;
}

static void set_contacts(struct fake_ca *ca, json_t *list)
{
	size_t i;
	json_t *item;

	if (list == NULL)
		return;
	strlist_release(&ca->contacts);
	json_array_foreach(list, i, item) strlist_add(&ca->contacts, json_string_value(item));
}

static void new_account(struct fake_request *r)
{
	bool known = r->ca->account_key != NULL && EVP_PKEY_eq(r->ca->account_key, r->key) == 1;

	assert_non_null(r->key); /* RFC 8555 §6.2: newAccount carries the key */
	if (!known && json_is_true(json_object_get(r->payload, "onlyReturnExisting"))) {
		fake_send_problem(r->out, 400, "accountDoesNotExist", "no such account");
		return;
	}
	if (!known) {
		EVP_PKEY_free(r->ca->account_key);
		EVP_PKEY_up_ref(r->key);
		r->ca->account_key = r->key;
		r->ca->new_accounts++;
		set_contacts(r->ca, json_object_get(r->payload, "contact"));
		r->ca->eab_seen = json_is_object(
			json_object_get(r->payload, "externalAccountBinding"));
	}
	http_headers_add(&r->out->headers, "Location", FAKE "/acct/1");
	answer(r, known ? 200 : 201, account_object(r->ca));
}

static void account(struct fake_request *r)
{
	const char *status = json_string_value(json_object_get(r->payload, "status"));

	set_contacts(r->ca, json_object_get(r->payload, "contact"));
	r->ca->deactivated = r->ca->deactivated || (status != NULL && streq(status, "deactivated"));
	answer(r, 200, account_object(r->ca));
}

/* RFC 8555 §7.3.5: the inner JWS is by the new key and says which account and which old key. */
static void key_change(struct fake_request *r)
{
	AUTO(jws_free) struct jws *inner = NULL;
	AUTO(free) char *text = json_dumps(r->payload, 0);
	AUTO(evp_pkey_free) EVP_PKEY *fresh = NULL;
	AUTO(evp_pkey_free) EVP_PKEY *old = NULL;

	assert_null(jws_parse(&inner, text, strlen(text)));
	assert_string_equal(inner->url, FAKE "/key-change");
	assert_null(inner->nonce);
	assert_null(jwk_parse(&fresh, inner->jwk, false));
	assert_null(jws_verify(inner, fresh));
	AUTO(json_release) json_t *payload = json_loads(buf_str(&inner->payload), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(payload, "account")), FAKE "/acct/1");
	assert_null(jwk_parse(&old, json_object_get(payload, "oldKey"), false));
	assert_int_equal(EVP_PKEY_eq(old, r->ca->account_key), 1);
	EVP_PKEY_free(r->ca->account_key);
	r->ca->account_key = MOVE(fresh);
	answer(r, 200, account_object(r->ca));
}

static const char *authz_status(const struct fake_ca *ca, const struct fake_authz *a)
{
	if (a->deactivated)
		return "deactivated";
	if (a->valid_already)
		return "valid";
	if (!a->told || ca->now_ms < a->told_ms + ca->validate_ms)
		return "pending";
	return ca->bad_name != NULL && streq(ca->bad_name, a->name) ? "invalid" : "valid";
}

static const char *order_status(const struct fake_ca *ca, const struct fake_order *o)
{
	size_t valid = 0;

	for (size_t i = 0; i < o->count; i++) {
		const char *status = authz_status(ca, &o->authz[i]);

		if (streq(status, "invalid") || streq(status, "deactivated"))
			return "invalid";
		valid += streq(status, "valid");
	}
	if (valid < o->count)
		return "pending";
	if (!o->finalized)
		return "ready";
	if (ca->now_ms < o->finalized_ms + ca->issue_ms)
		return "processing";
	return ca->issue_fails ? "invalid" : "valid";
}

static json_t *link_to(const char *kind, size_t order, size_t authz)
{
	AUTO(free) char *url = str_fmt(FAKE "/%s/%zu.%zu", kind, order, authz);

	return json_string(url);
}

static json_t *identifier(const struct fake_authz *a, bool keep_wildcard)
{
	const char *value = !keep_wildcard && str_starts(a->name, "*.") ? a->name + 2 : a->name;

	return json_pack("{s:s,s:s}", "type", a->ip ? "ip" : "dns", "value", value);
}

static json_t *order_object(struct fake_ca *ca, size_t n)
{
	const struct fake_order *o = &ca->orders[n];
	const char *status = order_status(ca, o);
	AUTO(free) char *expires = time_rfc3339(FAKE_START + 86400 + (time_t)n);
	json_t *obj = json_pack("{s:s,s:s,s:[],s:[],s:o}", "status", status, "expires", expires,
				"identifiers", "authorizations", "finalize",
				link_to("finalize", n, 0));

	for (size_t i = 0; i < o->count; i++) {
		json_array_append_new(json_object_get(obj, "identifiers"),
				      identifier(&o->authz[i], true));
		json_array_append_new(json_object_get(obj, "authorizations"),
				      link_to("authz", n, i));
	}
	if (streq(status, "valid"))
		json_object_set_new(obj, "certificate", link_to("cert", n, 0));
	if (ca->issue_fails && streq(status, "invalid"))
		json_object_set_new(obj, "error",
				    json_pack("{s:s,s:s}", "type", "urn:ietf:params:acme:error:caa",
					      "detail", "CAA forbids"));
	if (o->profile != NULL)
		json_object_set_new(obj, "profile", json_string(o->profile));
	return obj;
}

static void send_order(struct fake_request *r, size_t n, int status)
{
	const char *now = order_status(r->ca, &r->ca->orders[n]);

	if (r->ca->poll_retry != NULL && (streq(now, "pending") || streq(now, "processing")))
		http_headers_add(&r->out->headers, "Retry-After", r->ca->poll_retry);
	answer(r, status, order_object(r->ca, n));
}

static char *copy_string(const json_t *obj, const char *key)
{
	const char *text = json_string_value(json_object_get(obj, key));

	return text != NULL ? xstrdup(text) : NULL;
}

static void new_order(struct fake_request *r)
{
	size_t n = r->ca->order_count++;
	struct fake_order *o = &r->ca->orders[n];
	AUTO(free) char *url = str_fmt(FAKE "/order/%zu", n);
	size_t i;
	json_t *item;

	assert_true(n < FAKE_ORDERS);
	json_array_foreach(json_object_get(r->payload, "identifiers"), i, item)
		o->authz[o->count++] = (struct fake_authz){
		.name = copy_string(item, "value"),
		.ip = streq(json_string_value(json_object_get(item, "type")), "ip"),
	};
	o->profile = copy_string(r->payload, "profile");
	o->replaces = copy_string(r->payload, "replaces");
	http_headers_add(&r->out->headers, "Location", url);
	send_order(r, n, 201);
}

/* "/kind/ORDER.AUTHZ" or "/kind/ORDER" */
static void numbers(const char *path, size_t *order, size_t *authz)
{
	AUTO(strlist_release) struct strlist parts = { 0 };
	int64_t value = 0;

	strlist_split(&parts, strrchr(path, '/') + 1, '.');
	assert_true(str_to_int(parts.items[0], 0, FAKE_ORDERS - 1, &value));
	*order = (size_t)value;
	value = 0;
	if (parts.count > 1)
		assert_true(str_to_int(parts.items[1], 0, FAKE_NAMES - 1, &value));
	*authz = (size_t)value;
}

static void order(struct fake_request *r)
{
	size_t n, unused;

	numbers(r->path, &n, &unused);
	assert_null(r->payload); /* POST-as-GET */
	send_order(r, n, 200);
}

static json_t *challenge_object(struct fake_ca *ca, size_t n, size_t i, const char *type)
{
	const struct fake_authz *a = &ca->orders[n].authz[i];
	const char *status = authz_status(ca, a);
	json_t *c = json_pack("{s:s,s:o,s:s,s:s}", "type", type, "url", link_to("chall", n, i),
			      "status", streq(status, "deactivated") ? "pending" : status, "token",
			      "DGyRejmCefe7v4NfDGDKfA");

	if (streq(status, "invalid"))
		json_object_set_new(c, "error",
				    json_pack("{s:s,s:s,s:i}", "type",
					      "urn:ietf:params:acme:error:connection", "detail",
					      "refused", "status", 400));
	return c;
}

static void authz(struct fake_request *r)
{
	size_t n, i;

	numbers(r->path, &n, &i);
	struct fake_authz *a = &r->ca->orders[n].authz[i];
	if (json_object_get(r->payload, "status") != NULL)
		a->deactivated = true;
	json_t *obj = json_pack("{s:s,s:o,s:[o,o,o,o]}", "status", authz_status(r->ca, a),
				"identifier", identifier(a, false), "challenges",
				challenge_object(r->ca, n, i, "dns-01"),
				challenge_object(r->ca, n, i, "http-01"),
				challenge_object(r->ca, n, i, "pigeon-01"),
				challenge_object(r->ca, n, i, "tls-alpn-01"));

	if (str_starts(a->name, "*."))
		json_object_set_new(obj, "wildcard", json_true());
	answer(r, 200, obj);
}

static void challenge(struct fake_request *r)
{
	size_t n, i;

	numbers(r->path, &n, &i);
	struct fake_authz *a = &r->ca->orders[n].authz[i];
	assert_true(json_is_object(r->payload) &&
		    json_object_size(r->payload) == 0); /* RFC 8555 §7.5.1 */
	if (a->refused) {
		fake_send_problem(r->out, 403, "unauthorized", "not this one");
		return;
	}
	if (!a->told)
		a->told_ms = r->ca->now_ms;
	a->told = true;
	answer(r, 200, challenge_object(r->ca, n, i, "http-01"));
}

static void finalize(struct fake_request *r)
{
	size_t n, unused;

	numbers(r->path, &n, &unused);
	struct fake_order *o = &r->ca->orders[n];
	if (!streq(order_status(r->ca, o), "ready")) {
		fake_send_problem(r->out, 403, "orderNotReady", "not ready");
		return;
	}
	assert_true(json_is_string(json_object_get(r->payload, "csr")));
	o->finalized = true;
	o->finalized_ms = r->ca->finalize_at_once ? r->ca->now_ms - r->ca->issue_ms : r->ca->now_ms;
	send_order(r, n, 200);
}

static void certificate(struct fake_request *r)
{
	if (r->ca->alternate != NULL && strstr(r->path, "/alt") == NULL)
		http_headers_add(&r->out->headers, "Link", "<" FAKE "/cert/alt>;rel=\"alternate\"");
	fake_send_text(r->out, 200, "application/pem-certificate-chain",
		       strstr(r->path, "/alt") != NULL ? r->ca->alternate : r->ca->chain);
}

static void orders(struct fake_request *r)
{
	struct fake_ca *ca = r->ca;
	size_t size = ca->page_size > 0 ? ca->page_size : FAKE_ORDERS;
	size_t page, unused;

	numbers(r->path, &page, &unused);
	json_t *list = json_pack("{s:[]}", "orders");
	for (size_t i = page * size; i < ca->order_count && i < (page + 1) * size; i++) {
		AUTO(free) char *url = str_fmt(FAKE "/order/%zu", i);

		json_array_append_new(json_object_get(list, "orders"), json_string(url));
	}
	if ((page + 1) * size < ca->order_count) {
		AUTO(free) char *next = str_fmt("<" FAKE "/orders/%zu>;rel=\"next\"", page + 1);

		http_headers_add(&r->out->headers, "Link", next);
	}
	answer(r, 200, list);
}

static void revoke_cert(struct fake_request *r)
{
	json_t *reason = json_object_get(r->payload, "reason");

	r->ca->revoked = json_is_string(json_object_get(r->payload, "certificate"));
	r->ca->revoked_reason = reason != NULL ? (int)json_integer_value(reason) : -1;
	r->ca->revoked_by_key = r->key != NULL;
	r->out->status = 200;
}

static void renewal_info(struct fake_request *r)
{
	assert_null(r->jws); /* RFC 9773 §4.1: not signed */
	http_headers_add(&r->out->headers, "Retry-After",
			 r->ca->poll_retry != NULL ? r->ca->poll_retry : "21600");
	answer(r, 200,
	       json_pack("{s:{s:s,s:s},s:s}", "suggestedWindow", "start", "2026-12-01T00:00:00Z",
			 "end", "2026-12-02T00:00:00Z", "explanationURL", "https://ca.test/why"));
}

static void nonce(struct fake_request *r)
{
	r->out->status = 200;
}

static const struct {
	const char *path;
	void (*handle)(struct fake_request *r);
} routes[] = {
	{ "/dir", directory },         { "/nonce", nonce },         { "/new-account", new_account },
	{ "/acct/", account },         { "/new-order", new_order }, { "/order/", order },
	{ "/orders/", orders },        { "/authz/", authz },        { "/chall/", challenge },
	{ "/finalize/", finalize },    { "/cert/", certificate },   { "/revoke", revoke_cert },
	{ "/key-change", key_change }, { "/ari/", renewal_info },
};

void fake_dispatch(struct fake_request *r)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (!str_starts(r->path, routes[i].path))
			continue;
		routes[i].handle(r);
		return;
	}
	fail_msg("no such resource: %s", r->path);
}
