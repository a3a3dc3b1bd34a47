/* RFC 8555 §7.6: revocation with reasons of RFC 5280 §5.3.1; RFC 9773 §4.1, §4.2, §4.3: renewal information. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/fake_ca.h"
#include "acme/inside.h"

static void revoked_by_the_account(void **state)
{
	struct fake_client *c = *state;

	assert_null(acme_revoke(c->session, c->ca.chain, strlen(c->ca.chain), NULL, -1));
	assert_true(c->ca.revoked);
	assert_false(c->ca.revoked_by_key);
	assert_int_equal(c->ca.revoked_reason, -1);
	assert_null(acme_revoke(c->session, c->ca.chain, strlen(c->ca.chain), NULL, 4));
	assert_int_equal(c->ca.revoked_reason, 4);
}

/* No account is needed then. */
static void revoked_by_its_own_key(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_session_free) struct acme_session *stranger = NULL;

	assert_null(session_new(&stranger, FAKE "/dir", &c->ca.world));
	assert_null(acme_revoke(stranger, c->ca.chain, strlen(c->ca.chain), c->key, 1));
	assert_true(c->ca.revoked_by_key);
	assert_int_equal(c->ca.revoked_reason, 1);
	assert_int_equal(fake_ca_count(&c->ca, "POST /new-account"), 0);
}

static void refusals_keep_their_type(void **state)
{
	struct fake_client *c = *state;

	c->ca.rules[0] = (struct fake_rule){ .path = "/revoke",
					     .times = 1,
					     .status = 400,
					     .type = "alreadyRevoked",
					     .body = "twice" };
	struct err *e = acme_revoke(c->session, c->ca.chain, strlen(c->ca.chain), NULL, -1);
	assert_string_equal(acme_err_type(e), "alreadyRevoked");
	assert_err(e, ERR_PROBLEM, "revoking twice");
	assert_err(acme_revoke(c->session, "x", 1, NULL, -1), ERR_PARSE, "certificate");
}

static void windows_are_told(void **state)
{
	struct fake_client *c = *state;
	struct acme_window w = { 0 };
	AUTO(free) char *id = NULL;

	assert_null(acme_renewal_info(c->session, c->ca.chain, strlen(c->ca.chain), &w));
	assert_int_equal(w.end - w.start, 86400);
	assert_string_equal(w.explanation_url, "https://ca.test/why");
	assert_int_equal(w.retry_after_s, 21600);
	free(w.explanation_url);
	assert_null(acme_cert_id(c->ca.chain, strlen(c->ca.chain), &id));
	AUTO(free) char *request = str_fmt("GET /ari/%s", id);
	assert_int_equal(fake_ca_count(&c->ca, request), 1);
	assert_int_equal(fake_ca_count(&c->ca, "HEAD"), 0);
}

/* RFC 9773 §4.3.2: between a minute and a day, whatever the CA says. */
static void asking_again_is_bounded(void **state)
{
	static const struct {
		const char *said;
		unsigned want;
	} rows[] = {
		{ "0", 60 },
		{ "59", 60 },
		{ "61", 61 },
		{ "86400", 86400 },
		{ "86401", 86400 },
		{ "31536000", 86400 },
		{ "99999999999999999999", 86400 },
		{ "-1", 60 },
		{ "soon", 21600 },
		{ "Fri, 27 Nov 2026 04:10:00 GMT", 600 },
	};
	struct fake_client *c = *state;

	c->ca.rtt_ms = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct acme_window w = { 0 };

		c->ca.poll_retry = rows[i].said;
		assert_null(acme_renewal_info(c->session, c->ca.chain, strlen(c->ca.chain), &w));
		free(w.explanation_url);
		if (w.retry_after_s != rows[i].want)
			fail_msg("\"%s\" gives %u, not %u", rows[i].said, w.retry_after_s,
				 rows[i].want);
	}
}

static void a_ca_without_it(void **state)
{
	struct fake_client *c = *state;
	struct acme_window w = { .start = 1, .end = 2 };

	c->ca.no_ari = true;
	assert_null(acme_renewal_info(c->session, c->ca.chain, strlen(c->ca.chain), &w));
	assert_int_equal(w.start, 0);
	assert_int_equal(w.end, 0);
	assert_null(w.explanation_url);
	assert_int_equal(w.retry_after_s, 21600);
}

static void turn_window(struct fake_ca *ca, const char *path, json_t *body)
{
	json_t *window = json_object_get(body, "suggestedWindow");

	(void)ca;
	(void)path;
	if (window != NULL)
		json_object_set_new(window, "start", json_string("2027-01-01T00:00:00Z"));
}

static void windows_that_are_none_are_errors(void **state)
{
	struct fake_client *c = *state;
	struct acme_window w = { 0 };

	c->ca.tamper = turn_window;
	assert_err(acme_renewal_info(c->session, c->ca.chain, strlen(c->ca.chain), &w),
		   ERR_PROTOCOL, "renewal information window ends");
	c->ca.rules[0] =
		(struct fake_rule){ .path = "/ari/", .times = 1, .status = 404, .body = "" };
	struct err *e = acme_renewal_info(c->session, c->ca.chain, strlen(c->ca.chain), &w);
	assert_int_equal(acme_err_http_status(e), 404);
	assert_err(e, ERR_PROTOCOL, "renewal information 404");
	assert_int_equal(w.retry_after_s, 0);
}

static struct acme_session *new_session(struct fake_client *c)
{
	struct acme_session *s = NULL;

	assert_null(session_new(&s, FAKE "/dir", &c->ca.world));
	return s;
}

static struct acme_renewal_question about(const char *pem)
{
	return (struct acme_renewal_question){ .cert_pem = pem, .len = strlen(pem) };
}

enum { MANY = 40 };

/* From afar, many are asked in the time of a few; each has its own answer. */
static void many_are_asked_side_by_side(void **state)
{
	struct fake_client *c = *state;
	struct acme_renewal_question q[MANY] = { about(c->ca.chain), about("none") };
	AUTO(acme_session_free) struct acme_session *s = new_session(c);
	int64_t before = c->ca.now_ms;

	c->ca.rtt_ms = 100;
	for (size_t i = 2; i < MANY; i++)
		q[i] = about(c->ca.chain);
	c->ca.rules[0] =
		(struct fake_rule){ .path = "/ari/", .times = 1, .status = 404, .body = "" };
	assert_null(acme_renewal_infos(s, q, MANY));
	assert_true(c->ca.now_ms - before < 1000);
	assert_int_equal(fake_ca_count(&c->ca, "GET /ari/"), MANY - 1);
	assert_err(MOVE(q[0].err), ERR_PROTOCOL, "renewal information 404");
	assert_err(MOVE(q[1].err), ERR_PARSE, "certificate");
	for (size_t i = 2; i < MANY; i++) {
		assert_null(q[i].err);
		assert_int_equal(q[i].window.end - q[i].window.start, 86400);
		free(q[i].window.explanation_url);
	}
}

static void none_has_an_answer_without_a_directory(void **state)
{
	struct fake_client *c = *state;
	struct acme_renewal_question q[] = { about(c->ca.chain), about("none") };
	AUTO(acme_session_free) struct acme_session *s = new_session(c);

	c->ca.rules[0] =
		(struct fake_rule){ .path = "/dir", .times = 1, .status = 500, .body = "" };
	assert_err(acme_renewal_infos(s, q, ARRAY_LEN(q)), ERR_PROTOCOL, "500");
	for (size_t i = 0; i < ARRAY_LEN(q); i++)
		assert_null(q[i].err);
	assert_int_equal(fake_ca_count(&c->ca, "GET /ari/"), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(revoked_by_the_account),
		T(revoked_by_its_own_key),
		T(refusals_keep_their_type),
		T(windows_are_told),
		T(asking_again_is_bounded),
		T(a_ca_without_it),
		T(windows_that_are_none_are_errors),
		T(many_are_asked_side_by_side),
		T(none_has_an_answer_without_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
