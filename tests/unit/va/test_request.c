/* What perspectives say to one another: requests and verdicts as JSON. */
#include "check.h"

#include "proto/problem.h"
#include "va/request.h"

static const char full[] =
	"{\"identifier\":{\"type\":\"dns\",\"value\":\"example.org\"},\"wildcard\":true,"
	"\"challenge\":\"dns-01\",\"token\":\"t0\",\"thumbprint\":\"p0\",\"accountUrl\":\"https://ca.test/a/1\","
	"\"accountAliases\":[\"https://old.test/a/1\"],\"issuerDomains\":[\"ca.example\"],\"checkCaa\":true}";

static void a_request_comes_back_as_it_was(void **state)
{
	(void)state;
	AUTO(json_release) json_t *obj = json_loads(full, 0, NULL);
	AUTO(va_request_release) struct va_request q = { 0 };
	AUTO(va_request_release) struct va_request copy = { 0 };

	assert_done(va_request_parse(&q, obj));
	va_request_copy(&copy, &q);
	AUTO(json_release) json_t *again = va_request_render(&copy);

	assert_true(json_equal(obj, again));
}

static const struct {
	const char *json, *part;
} odd[] = {
	{ "1", "an object" },
	{ "{}", "identifier" },
	{ "{\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"}}", "challenge" },
	{ "{\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"},\"challenge\":1}", "challenge" },
	{ "{\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"},\"challenge\":\"x\",\"token\":[]}",
	  "token" },
};

static void odd_requests_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		AUTO(json_release) json_t *obj = json_loads(odd[i].json, JSON_DECODE_ANY, NULL);
		AUTO(va_request_release) struct va_request q = { 0 };

		assert_refused(va_request_parse(&q, obj), ERR_PARSE, odd[i].part);
	}
}

static void verdicts_come_back(void **state)
{
	(void)state;
	AUTO(va_record_free) struct va_record *r = va_record_new("p", "http-01", "a.test");
	AUTO(err_free) struct err *bad = problem_new("unauthorized", "no");
	AUTO(json_release) json_t *valid = va_verdict_render(NULL, r);
	AUTO(json_release) json_t *invalid = va_verdict_render(bad, r);
	AUTO(va_record_free) struct va_record *seen = NULL;
	AUTO(va_record_free) struct va_record *seen_too = NULL;
	AUTO(err_free) struct err *problem = NULL;
	struct err *none = NULL;

	assert_done(va_verdict_parse(&none, &seen, valid));
	assert_null(none);
	assert_done(va_verdict_parse(&problem, &seen_too, invalid));
	assert_true(err_has_type(problem, "unauthorized"));
	assert_string_equal(problem->detail, "no");
}

static const char *const no_verdicts[] = {
	"[]",
	"{\"status\":\"valid\"}",
	"{\"status\":\"invalid\",\"record\":{\"answers\":[],\"hops\":[]}}",
	"{\"status\":\"perhaps\",\"record\":{\"answers\":[],\"hops\":[]}}",
	"{\"status\":\"valid\",\"problem\":{},\"record\":{\"answers\":[],\"hops\":[]}}",
	"{\"status\":\"valid\",\"problem\":[],\"record\":{\"answers\":[],\"hops\":[]}}",
};

/* A broken answer must never pass for permission. */
static void what_is_no_verdict_is_no_permission(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(no_verdicts); i++) {
		AUTO(json_release) json_t *obj = json_loads(no_verdicts[i], 0, NULL);
		struct err *problem = NULL;
		struct va_record *record = NULL;

		assert_refused(va_verdict_parse(&problem, &record, obj), ERR_PARSE, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_back_as_it_was),
		cmocka_unit_test(odd_requests_are_refused),
		cmocka_unit_test(verdicts_come_back),
		cmocka_unit_test(what_is_no_verdict_is_no_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
