/* RFC 8555 §7.1.4 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "proto/authz.h"

#define URL "https://ca.example/authz/1"
#define TOKEN "DGyRejmCefe7v4NfDGDKfA"

static json_t *challenge_object(const char *type, const char *status)
{
	return json_pack("{s:s,s:s,s:s,s:s}", "type", type, "url", "https://ca.example/chall/1",
			 "token", TOKEN, "status", status);
}

static json_t *authz_object(const char *status)
{
	return json_pack("{s:s,s:{s:s,s:s},s:s,s:[o,o]}", "status", status, "identifier", "type",
			 "dns", "value", "a.example", "expires", "2026-11-28T04:00:00Z",
			 "challenges", challenge_object("http-01", "pending"),
			 challenge_object("moon-phase-07", "pending"));
}

static void unknown_challenge_types_are_kept(void **state)
{
	AUTO(json_release) json_t *obj = authz_object("pending");
	AUTO(authz_free) struct authz *a = NULL;

	(void)state;
	assert_null(authz_parse(&a, URL, obj));
	assert_int_equal(a->challenge_count, 2);
	assert_non_null(a->challenges[0].known);
	assert_null(a->challenges[1].known);
	assert_string_equal(a->challenges[1].type, "moon-phase-07");
	assert_null(authz_failure(a));
}

static void names_keep_their_wildcard(void **state)
{
	AUTO(json_release) json_t *obj = authz_object("valid");
	AUTO(authz_free) struct authz *a = NULL;

	(void)state;
	json_object_set_new(obj, "wildcard", json_true());
	assert_null(authz_parse(&a, URL, obj));
	AUTO(free) char *name = authz_name(a);
	assert_string_equal(name, "*.a.example");
	assert_string_equal(a->ident.value, "a.example");
}

static void failure_is_the_failed_challenges(void **state)
{
	AUTO(json_release) json_t *obj = authz_object("invalid");
	json_t *failed = json_array_get(json_object_get(obj, "challenges"), 0);
	AUTO(authz_free) struct authz *a = NULL;

	(void)state;
	json_object_set_new(failed, "status", json_string("invalid"));
	json_object_set_new(failed, "error",
			    json_pack("{s:s,s:s,s:i}", "type",
				      "urn:ietf:params:acme:error:connection", "detail", "refused",
				      "status", 400));
	assert_null(authz_parse(&a, URL, obj));
	AUTO(err_free) struct err *e = authz_failure(a);
	assert_string_equal(e->msg, "a.example: refused (connection)");
	assert_string_equal(e->identifier, "a.example");
	assert_int_equal(e->http_status, 400);
}

static void bad_ones_are_refused(void **state)
{
	struct {
		const char *key;
		json_t *value;
	} rows[] = {
		{ "status", json_string("fine") },
		{ "identifier", json_string("a.example") },
		{ "identifier", json_pack("{s:s,s:s}", "type", "dns", "value", "*.a.example") },
		{ "identifier", json_pack("{s:s,s:s}", "type", "dns", "value", "../x") },
		{ "challenges", json_object() },
		{ "challenges", json_pack("[s]", "http-01") },
		{ "wildcard", json_string("true") },
		{ "expires", json_string("2026-13-01T00:00:00Z") },
		{ "challenges",
		  json_pack("[{s:s,s:s,s:s,s:s}]", "type", "http-01", "url", "http://ca.example/c",
			    "token", TOKEN, "status", "pending") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(json_release) json_t *obj = authz_object("pending");
		AUTO(authz_free) struct authz *a = NULL;

		json_object_set_new(obj, rows[i].key, rows[i].value);
		AUTO(err_free) struct err *e = authz_parse(&a, URL, obj);
		assert_non_null(e);
		assert_null(a);
		assert_true(err_is(e, ERR_PROTOCOL));
	}
}

static void challenges_are_bounded(void **state)
{
	AUTO(json_release) json_t *obj = authz_object("pending");
	AUTO(authz_free) struct authz *a = NULL;

	(void)state;
	for (int i = 0; i < LIMIT_CHALLENGES; i++)
		json_array_append_new(json_object_get(obj, "challenges"),
				      challenge_object("http-01", "pending"));
	AUTO(err_free) struct err *e = authz_parse(&a, URL, obj);
	assert_true(err_is(e, ERR_LIMIT));
}

/* RFC 8555 §7.1.4, §8: what one side renders, the other reads. */
static void renders_what_it_reads(void **state)
{
	AUTO(json_release) json_t *obj = json_pack(
		"{s:s,s:s,s:{s:s,s:s},s:b,s:[o]}", "status", "valid", "expires",
		"2026-11-28T04:00:00Z", "identifier", "type", "dns", "value", "a.example",
		"wildcard", 1, "challenges", challenge_object("dns-01", "valid"));
	json_t *challenge = json_array_get(json_object_get(obj, "challenges"), 0);
	AUTO(authz_free) struct authz *a = NULL;

	(void)state;
	json_object_set_new(challenge, "validated", json_string("2026-11-27T04:00:00Z"));
	json_object_set_new(challenge, "error",
			    json_pack("{s:s,s:s,s:i}", "type", "urn:ietf:params:acme:error:dns",
				      "detail", "no", "status", 400));
	assert_null(authz_parse(&a, URL, obj));
	AUTO(json_release) json_t *got = authz_render(a);
	assert_true(json_equal(got, obj));
	a->challenges[0].validation_record = json_pack("[{s:s}]", "hostname", "a.example");
	json_object_set(challenge, "validationRecord", a->challenges[0].validation_record);
	AUTO(json_release) json_t *with_record = authz_render(a);
	assert_true(json_equal(with_record, obj));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_challenge_types_are_kept),
		cmocka_unit_test(names_keep_their_wildcard),
		cmocka_unit_test(failure_is_the_failed_challenges),
		cmocka_unit_test(bad_ones_are_refused),
		cmocka_unit_test(challenges_are_bounded),
		cmocka_unit_test(renders_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
