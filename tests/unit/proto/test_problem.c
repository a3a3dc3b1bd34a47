/*
 * Problem documents: RFC 7807 §3.1, RFC 8555 §6.7, §6.7.1; the types of RFC 8739 §6.4, RFC 9115 §6.5, RFC 9773 §7.4 and
 * RFC 9799 §9.3 too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "proto/problem.h"

#define URN "urn:ietf:params:acme:error:"

static struct err *parse(int status, const char *body)
{
	return problem_to_err(status, body, strlen(body));
}

static void keeps_type_detail_status(void **state)
{
	(void)state;
	AUTO(err_free)
	struct err *e = parse(
		429, "{\"type\":\"" URN
		     "rateLimited\",\"detail\":\"too many\",\"status\":400,\"extra\":[1]}");

	assert_int_equal(e->code, ERR_PROBLEM);
	assert_string_equal(e->urn, URN "rateLimited");
	assert_string_equal(err_type(e), "rateLimited");
	assert_string_equal(e->detail, "too many");
	assert_int_equal(e->http_status, 429);
	assert_string_equal(e->msg, "too many (rateLimited)");
}

/* RFC 8555 §7.3.3 */
static void places_to_go_are_told(void **state)
{
	(void)state;
	AUTO(err_free)
	struct err *e = parse(403, "{\"type\":\"" URN
				   "userActionRequired\",\"detail\":\"new terms\",\"instance\":"
				   "\"https://ca.test/agree?x=1\"}");
	AUTO(err_free)
	struct err *path =
		parse(403, "{\"type\":\"" URN
			   "userActionRequired\",\"detail\":\"new terms\",\"instance\":\"/x\"}");

	assert_string_equal(e->msg,
			    "new terms (userActionRequired), see https://ca.test/agree?x=1");
	assert_string_equal(path->msg, "new terms (userActionRequired)");
}

static void a_problem_of_ours_has_the_status_of_its_type(void **state)
{
	(void)state;
	AUTO(err_free) struct err *e = problem_new("unauthorized", "%d of %s", 404, "it");
	AUTO(err_free) struct err *odd = problem_new("neverHeardOf", "x");

	assert_int_equal(e->code, ERR_PROBLEM);
	assert_string_equal(e->urn, URN "unauthorized");
	assert_string_equal(e->detail, "404 of it");
	assert_string_equal(e->msg, "404 of it (unauthorized)");
	assert_int_equal(e->http_status, 403);
	assert_int_equal(odd->http_status, 500);
}

static void subproblems_become_errors(void **state)
{
	(void)state;
	AUTO(err_free)
	struct err *e = parse(
		403,
		"{\"type\":\"" URN "compound\",\"subproblems\":[{\"type\":\"" URN
		"caa\",\"detail\":\"no\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"}},7,{}]}");

	assert_int_equal(e->subproblem_count, 1);
	assert_string_equal(err_type(e->subproblems[0]), "caa");
	assert_string_equal(e->subproblems[0]->identifier, "a.example");
	assert_string_equal(e->subproblems[0]->msg, "a.example: no (caa)");
	assert_string_equal(e->msg, "several errors (compound)");
}

static void unknown_types_are_kept(void **state)
{
	static const char *const bodies[] = {
		"{\"type\":\"" URN "somethingNew\",\"detail\":\"x\"}",
		"{\"type\":\"https://example.org/probs/1\",\"detail\":\"x\"}",
		"{\"detail\":\"x\"}",
	};
	static const char *const want[] = { "x (somethingNew)", "x (https://example.org/probs/1)",
					    "x (about:blank)" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		AUTO(err_free) struct err *e = parse(400, bodies[i]);

		assert_int_equal(e->code, ERR_PROBLEM);
		assert_string_equal(e->msg, want[i]);
	}
}

static void wrong_field_types_hide_nothing(void **state)
{
	(void)state;
	AUTO(err_free)
	struct err *e = parse(
		500,
		"{\"type\":\"" URN
		"dns\",\"detail\":[\"x\"],\"status\":\"no\",\"identifier\":3,\"subproblems\":{}}");

	assert_string_equal(err_type(e), "dns");
	assert_null(e->detail);
	assert_null(e->identifier);
	assert_int_equal(e->http_status, 500);
}

static void other_bodies_are_shown_in_part(void **state)
{
	static const char *const bodies[] = { "<html>\x1b[2JBad Gateway</html>", "[]", "{}",
					      "{\"type\":", "\"x\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		AUTO(err_free) struct err *e = parse(502, bodies[i]);

		assert_int_equal(e->code, ERR_PROTOCOL);
		assert_int_equal(e->http_status, 502);
		assert_non_null(strstr(e->msg, "502"));
		assert_null(strchr(e->msg, '\x1b'));
	}
	AUTO(err_free) struct err *empty = problem_to_err(404, NULL, 0);
	assert_string_equal(empty->msg, "HTTP status 404 and nothing else");
}

static void details_are_bounded_and_printable(void **state)
{
	char detail[LIMIT_PROBLEM_DETAIL * 2];

	(void)state;
	memset(detail, 'x', sizeof(detail));
	detail[0] = '\n';
	AUTO(json_release)
	json_t *obj = json_pack("{s:s,s:s%}", "type", URN "dns", "detail", detail, sizeof(detail));
	AUTO(err_free) struct err *e = problem_object_to_err(obj);

	assert_true(strlen(e->detail) <= LIMIT_PROBLEM_DETAIL + 8);
	assert_null(strchr(e->detail, '\n'));
}

static void subproblems_are_bounded(void **state)
{
	AUTO(json_release)
	json_t *obj = json_pack("{s:s,s:[]}", "type", URN "compound", "subproblems");

	(void)state;
	for (int i = 0; i < LIMIT_PROBLEM_SUBPROBLEMS * 3; i++)
		json_array_append_new(json_object_get(obj, "subproblems"),
				      json_pack("{s:s}", "type", URN "dns"));
	AUTO(err_free) struct err *e = problem_object_to_err(obj);
	assert_int_equal(e->subproblem_count, LIMIT_PROBLEM_SUBPROBLEMS);
}

/* Every type of the registry has its row; RFC 8555 §6.7 names the first 24. */
static void types_have_rows(void **state)
{
	static const char *const types[] = {
		"accountDoesNotExist",
		"alreadyRevoked",
		"badCSR",
		"badNonce",
		"badPublicKey",
		"badRevocationReason",
		"badSignatureAlgorithm",
		"caa",
		"compound",
		"connection",
		"dns",
		"externalAccountRequired",
		"incorrectResponse",
		"invalidContact",
		"malformed",
		"orderNotReady",
		"rateLimited",
		"rejectedIdentifier",
		"serverInternal",
		"tls",
		"unauthorized",
		"unsupportedContact",
		"unsupportedIdentifier",
		"userActionRequired",
		"autoRenewalCanceled",
		"autoRenewalExpired",
		"autoRenewalCancellationInvalid",
		"autoRenewalRevocationNotSupported",
		"unknownDelegation",
		"alreadyReplaced",
		"onionCAARequired",
		"invalidProfile",
		"badAttestationStatement",
		"conflict",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct problem_type *row = problem_type(types[i]);

		assert_non_null(row);
		assert_true(row->http_status >= 400 && row->http_status < 600);
		assert_true(strlen(row->meaning) > 0);
	}
	assert_null(problem_type("Dns"));
}

static void both_directions_agree(void **state)
{
	static const char text[] =
		"{\"type\":\"" URN
		"rejectedIdentifier\",\"detail\":\"d\",\"status\":400,\"subproblems\":"
		"[{\"type\":\"" URN "caa\",\"detail\":\"s\",\"identifier\":"
		"{\"type\":\"ip\",\"value\":\"192.0.2.1\"}}]}";
	AUTO(json_release) json_t *obj = json_loads(text, 0, NULL);
	AUTO(err_free) struct err *e = problem_object_to_err(obj);
	AUTO(json_release) json_t *back = problem_render(e);

	(void)state;
	assert_true(json_equal(obj, back));
}

static void our_own_errors_stay_inside(void **state)
{
	(void)state;
	AUTO(err_free) struct err *e = err_wrap(err_new(ERR_IO, "no space on /var/db"), "storing");
	AUTO(json_release) json_t *obj = problem_render(e);
	AUTO(json_release)
	json_t *want = json_pack("{s:s,s:i}", "type", URN "serverInternal", "status", 500);

	assert_true(json_equal(obj, want));
	assert_int_equal(problem_http_status(e), 500);
}

static void about_names_the_identifier(void **state)
{
	(void)state;
	AUTO(err_free)
	struct err *e = parse(403, "{\"type\":\"" URN "dns\",\"detail\":\"no TXT\"}");
	AUTO(err_free) struct err *named = problem_about(e, "*.a.example");

	assert_string_equal(named->msg, "*.a.example: no TXT (dns)");
	assert_string_equal(named->identifier, "*.a.example");
	assert_int_equal(named->http_status, 403);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_type_detail_status),
		cmocka_unit_test(a_problem_of_ours_has_the_status_of_its_type),
		cmocka_unit_test(subproblems_become_errors),
		cmocka_unit_test(places_to_go_are_told),
		cmocka_unit_test(unknown_types_are_kept),
		cmocka_unit_test(wrong_field_types_hide_nothing),
		cmocka_unit_test(other_bodies_are_shown_in_part),
		cmocka_unit_test(details_are_bounded_and_printable),
		cmocka_unit_test(subproblems_are_bounded),
		cmocka_unit_test(types_have_rows),
		cmocka_unit_test(both_directions_agree),
		cmocka_unit_test(our_own_errors_stay_inside),
		cmocka_unit_test(about_names_the_identifier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
