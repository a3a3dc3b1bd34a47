/* RFC 8555 §7.1.3, §7.4; RFC 9773 §5; draft-ietf-acme-profiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "proto/order.h"

#define URL "https://ca.example/order/1"

/* A good order with some fields replaced or removed (NULL value). */
static json_t *order_with(const char *key, json_t *value)
{
	json_t *obj = json_pack("{s:s,s:s,s:[{s:s,s:s}],s:[s],s:s,s:s}", "status", "pending",
				"expires", "2026-11-28T04:00:00Z", "identifiers", "type", "dns",
				"value", "a.example", "authorizations",
				"https://ca.example/authz/1", "finalize",
				"https://ca.example/finalize/1", "unknownField", "x");

	if (key != NULL && value != NULL)
		json_object_set_new(obj, key, value);
	else if (key != NULL)
		json_object_del(obj, key);
	return obj;
}

static struct err *parse_with(struct order **out, const char *key, json_t *value)
{
	AUTO(json_release) json_t *obj = order_with(key, value);

	return order_parse(out, URL, obj);
}

static void reads_an_order(void **state)
{
	AUTO(order_free) struct order *o = NULL;

	(void)state;
	assert_null(parse_with(&o, NULL, NULL));
	assert_string_equal(o->url, URL);
	assert_int_equal(o->status, ORDER_PENDING);
	assert_int_equal(o->expires, time_from_utc(2026, 11, 28, 4 * 3600));
	assert_string_equal(o->idents.items[0].value, "a.example");
	assert_string_equal(o->authz_urls.items[0], "https://ca.example/authz/1");
	assert_string_equal(o->finalize_url, "https://ca.example/finalize/1");
	assert_null(o->certificate_url);
	assert_null(o->error);
	assert_null(o->profile);
}

static void keeps_error_profile_replaces(void **state)
{
	AUTO(json_release) json_t *obj = order_with("status", json_string("invalid"));
	AUTO(order_free) struct order *o = NULL;

	(void)state;
	json_object_set_new(
		obj, "error",
		json_pack("{s:s,s:s}", "type", "urn:ietf:params:acme:error:caa", "detail", "no"));
	json_object_set_new(obj, "profile", json_string("shortlived"));
	json_object_set_new(obj, "replaces", json_string("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"));
	assert_null(order_parse(&o, URL, obj));
	assert_string_equal(err_type(o->error), "caa");
	assert_string_equal(o->profile, "shortlived");
	assert_string_equal(o->replaces, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
}

static void bad_orders_are_refused(void **state)
{
	struct {
		const char *key;
		json_t *value;
	} rows[] = {
		{ "status", NULL },
		{ "status", json_string("finished") },
		{ "status", json_string("valid") }, /* without certificate */
		{ "status", json_integer(1) },
		{ "expires", json_string("tomorrow") },
		{ "expires", json_integer(7) },
		{ "identifiers", NULL },
		{ "identifiers", json_array() },
		{ "identifiers", json_pack("[{s:s,s:s}]", "type", "x509", "value", "a") },
		{ "authorizations", NULL },
		{ "authorizations", json_array() },
		{ "authorizations", json_pack("[s]", "http://ca.example/authz/1") },
		{ "authorizations", json_pack("[i]", 1) },
		{ "finalize", NULL },
		{ "finalize", json_string("http://ca.example/finalize/1") },
		{ "certificate", json_string("/etc/passwd") },
		{ "error", json_string("no") },
		{ "profile", json_true() },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(order_free) struct order *o = NULL;
		AUTO(err_free) struct err *e = parse_with(&o, rows[i].key, rows[i].value);

		assert_non_null(e);
		assert_null(o);
		assert_true(err_is(e, ERR_PROTOCOL));
		assert_string_equal(e->msg, "order " URL);
	}
}

static void authorizations_are_bounded(void **state)
{
	json_t *urls = json_array();
	AUTO(order_free) struct order *o = NULL;

	(void)state;
	for (int i = 0; i <= LIMIT_IDENTIFIERS; i++)
		json_array_append_new(urls, json_string("https://ca.example/a"));
	AUTO(err_free) struct err *e = parse_with(&o, "authorizations", urls);
	assert_true(err_is(e, ERR_LIMIT));
}

static void renders_a_request(void **state)
{
	struct order_request r = { .profile = "short",
				   .replaces = "a.b",
				   .not_after = time_from_utc(2026, 12, 1, 0) };
	AUTO(json_release)
	json_t *want = json_pack("{s:[{s:s,s:s},{s:s,s:s}],s:s,s:s,s:s}", "identifiers", "type",
				 "dns", "value", "*.a.example", "type", "ip", "value", "::1",
				 "profile", "short", "replaces", "a.b", "notAfter",
				 "2026-12-01T00:00:00Z");

	(void)state;
	idents_add(&r.idents, IDENT_DNS, "*.a.example");
	idents_add(&r.idents, IDENT_IP, "::1");
	AUTO(free) char *text = order_request_render(&r);
	AUTO(json_release) json_t *got = json_loads(text, 0, NULL);
	idents_release(&r.idents);
	assert_true(json_equal(got, want));
}

/* RFC 8555 §7.1.3: what one side renders, the other reads. */
static void renders_what_it_reads(void **state)
{
	AUTO(json_release) json_t *obj = json_pack(
		"{s:s,s:s,s:[{s:s,s:s}],s:[s],s:s,s:s,s:s,s:s,s:{s:s,s:s,s:i}}", "status", "valid",
		"expires", "2026-11-28T04:00:00Z", "identifiers", "type", "dns", "value",
		"*.a.example", "authorizations", "https://ca.example/authz/1", "finalize",
		"https://ca.example/finalize/1", "certificate", "https://ca.example/cert/1",
		"profile", "short", "replaces", "aki.serial", "error", "type",
		"urn:ietf:params:acme:error:caa", "detail", "no", "status", 403);
	AUTO(order_free) struct order *o = NULL;

	(void)state;
	assert_null(order_parse(&o, "https://ca.example/order/1", obj));
	AUTO(json_release) json_t *got = order_render(o);
	assert_true(json_equal(got, obj));
	o->not_before = 1;
	AUTO(json_release) json_t *dated = order_render(o);
	assert_string_equal(json_string_value(json_object_get(dated, "notBefore")),
			    "1970-01-01T00:00:01Z");
	assert_null(json_object_get(dated, "notAfter"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_an_order),
		cmocka_unit_test(keeps_error_profile_replaces),
		cmocka_unit_test(bad_orders_are_refused),
		cmocka_unit_test(authorizations_are_bounded),
		cmocka_unit_test(renders_a_request),
		cmocka_unit_test(renders_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
