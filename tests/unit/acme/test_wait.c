/* Waiting for the CA (RFC 8555 §7.5.1), and how many requests and round trips a certificate takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/fake_ca.h"
#include "acme/inside.h"

static const char *const one[] = { "a.test" };

/* For names "n0.test" ... */
static void issue_many(struct fake_client *c, size_t count)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	for (size_t i = 0; i < count; i++)
		strlist_take(&names, str_fmt("n%zu.test", i));
	fake_issue(c, (const char *const *)names.items, count);
}

/* On loopback: directory, nonce, order, N authorizations, N challenges, a look, CSR, a look, chain. */
static void requests_are_few(void **state)
{
	struct fake_client *c = *state;

	fake_issue(c, one, 1);
	assert_int_equal(c->ca.log.count, 2 * 1 + 7);
	assert_int_equal(c->ca.open, 1);
}

static void requests_of_twenty_are_few(void **state)
{
	struct fake_client *c = *state;

	issue_many(c, 20);
	assert_int_equal(c->ca.log.count, 2 * 20 + 7);
	assert_int_equal(c->ca.widest, 1);
}

static void no_look_when_finalize_says_valid(void **state)
{
	struct fake_client *c = *state;

	c->ca.finalize_at_once = true;
	fake_issue(c, one, 1);
	assert_int_equal(c->ca.log.count, 2 * 1 + 6);
}

/* With 100 ms between us and the CA; TCP and TLS are a round trip each. */
static void round_trips_are_few(void **state)
{
	static const struct {
		size_t names;
		int64_t most;
	} rows[] = { { 1, 10 }, { 10, 10 }, { 20, 11 }, { 100, 19 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		void *inner = NULL;

		(void)fake_setup(&inner);
		struct fake_client *c = inner;
		c->ca.rtt_ms = 100;
		issue_many(c, rows[i].names);
		print_message("# %zu names: %lld ms at 100 ms a round trip, %zu requests\n",
			      rows[i].names, (long long)c->ca.now_ms, c->ca.log.count);
		assert_true(c->ca.now_ms <= rows[i].most * 100);
		assert_true(c->ca.widest <= LIMIT_CONNECTIONS);
		(void)fake_teardown(&inner);
	}
}

/* The CA takes its time: what came too early was for nothing, and nothing else. */
static void early_looks_may_be_for_nothing(void **state)
{
	struct fake_client *c = *state;

	c->ca.rtt_ms = 100;
	c->ca.validate_ms = c->ca.issue_ms = 3000;
	issue_many(c, 1);
	assert_int_equal(c->ca.order_count, 1);
	assert_int_equal(fake_ca_count(&c->ca, "POST /finalize"), 1);
}

/* A limit on the look is none on what it goes beside. */
static void early_looks_may_fail(void **state)
{
	struct fake_client *c = *state;

	c->ca.rtt_ms = 100;
	c->ca.rules[0] = (struct fake_rule){ .path = "/order/",
					     .times = 1,
					     .status = 503,
					     .body = "x",
					     .header = "Retry-After",
					     .value = "9" };
	issue_many(c, 1);
	assert_int_equal(c->ca.rules[0].times, 0);
	assert_true(c->ca.now_ms < 2000);
}

static void warming_up_may_fail(void **state)
{
	struct fake_client *c = *state;

	c->ca.rtt_ms = 100;
	c->ca.rules[0] =
		(struct fake_rule){ .path = "/nonce", .times = 5, .status = 503, .body = "x" };
	issue_many(c, 5);
	assert_int_equal(c->ca.order_count, 1);
}

static void side_by_side_survives_bad_nonces(void **state)
{
	struct fake_client *c = *state;

	c->ca.rtt_ms = 100;
	issue_many(c, 40);
	AUTO(acme_order_free) struct acme_order *o = NULL;
	size_t count = 0;
	assert_null(acme_order_open(c->session, FAKE "/order/0", &o));
	c->ca.bad_nonces = 40;
	assert_null(acme_order_authorizations(c->session, o, &count));
	assert_int_equal(count, 40);
	assert_int_equal(c->ca.bad_nonces, 0);
}

static void polls_grow_and_end(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);

	c->ca.validate_ms = INT64_MAX / 4;
	fake_order_prove(c, o);
	int64_t before = c->ca.now_ms;
	assert_err(acme_order_wait_ready(c->session, o, 60), ERR_TIMEOUT,
		   "validate a.test 60 seconds");
	assert_in_range(c->ca.now_ms - before, 60000, 60100);
	assert_in_range(fake_ca_count(&c->ca, "POST /order/"), 15, 30);
}

/* RFC 8555 §7.5.1: Retry-After is obeyed. */
static void retry_after_is_obeyed(void **state)
{
	struct fake_client *c = *state;

	c->ca.validate_ms = 4000;
	c->ca.poll_retry = "7";
	fake_issue(c, one, 1);
	/* a look at once, one 7 s later; and one 7 s after the CSR */
	assert_int_equal(fake_ca_count(&c->ca, "POST /order/"), 3);
	assert_in_range(c->ca.now_ms, 14000, 14200);
}

static void a_year_of_waiting_ends_at_the_deadline(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);

	c->ca.validate_ms = INT64_MAX / 4;
	c->ca.poll_retry = "31536000";
	fake_order_prove(c, o);
	int64_t before = c->ca.now_ms;
	assert_err(acme_order_wait_ready(c->session, o, 30), ERR_TIMEOUT, "30 seconds");
	assert_in_range(c->ca.now_ms - before, 30000, 30100);
	assert_int_equal(fake_ca_count(&c->ca, "POST /order/"), 2);
}

static void endless_processing_ends(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);

	c->ca.issue_ms = INT64_MAX / 4;
	fake_order_prove(c, o);
	assert_null(acme_order_wait_ready(c->session, o, 60));
	assert_err(acme_order_finalize(c->session, o, "csr", 3, 90), ERR_TIMEOUT,
		   "issue a.test 90 seconds");
	assert_int_equal(fake_ca_count(&c->ca, "POST /finalize/"), 1);
}

static void count_report(void *ctx, const char *activity, const char *subject, int64_t waited_ms)
{
	size_t *count = ctx;

	assert_string_equal(activity, *count == 0 ? "waiting for the CA to validate"
						  : "waiting for the CA to issue");
	assert_string_equal(subject, "a.test");
	assert_true(waited_ms >= 0);
	++*count;
}

static void waiting_is_reported(void **state)
{
	struct fake_client *c = *state;
	size_t count = 0;

	session_set_progress(c->session, count_report, &count);
	fake_issue(c, one, 1);
	assert_int_equal(count, 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(requests_are_few),
		T(requests_of_twenty_are_few),
		T(no_look_when_finalize_says_valid),
		cmocka_unit_test(round_trips_are_few),
		T(early_looks_may_be_for_nothing),
		T(early_looks_may_fail),
		T(warming_up_may_fail),
		T(side_by_side_survives_bad_nonces),
		T(polls_grow_and_end),
		T(retry_after_is_obeyed),
		T(a_year_of_waiting_ends_at_the_deadline),
		T(endless_processing_ends),
		T(waiting_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
