/* Purging, health, and numbers that only grow. */
#include "bench.h"
#include "suites.h"

#define DAY 86400

static int64_t purge(struct bench *b, time_t before, time_t certs_before, size_t limit)
{
	assert_outcome(b, STORE_DONE,
		       store_purge(b->store, bench_ask(b), before, certs_before, limit));
	return b->answer.number;
}

static void test_purge(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"),
		issued = bench_issue(b, account, "a.test b.test", "01");
	int64_t open = bench_order(b, account, "c.test");
	int64_t authz = b->answer.orders[0].authzs[0].id;

	assert_int_equal(purge(b, NOON + 7 * DAY, NOON, 100), 0); /* before: not at */
	assert_int_equal(purge(b, NOON + 7 * DAY + 1, NOON, 100),
			 3); /* orders, and the pending authorization */
	assert_outcome(b, STORE_NOT_FOUND, store_order_by_id(b->store, bench_ask(b), issued));
	assert_outcome(b, STORE_NOT_FOUND, store_order_by_id(b->store, bench_ask(b), open));
	assert_outcome(b, STORE_NOT_FOUND, store_authz_by_id(b->store, bench_ask(b), authz));
	assert_outcome(b, STORE_DONE, store_cert_by_serial(b->store, bench_ask(b), "01"));
	assert_int_equal(purge(b, NOON + 30 * DAY + 1, NOON, 100), 2); /* the valid ones */
	assert_int_equal(purge(b, NOON, NOON + 90 * DAY, 100), 0);
	assert_int_equal(purge(b, NOON, NOON + 90 * DAY + 1, 100), 1);
	assert_outcome(b, STORE_NOT_FOUND, store_cert_by_serial(b->store, bench_ask(b), "01"));
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), "a.test", 0, 9));
	assert_int_equal(b->answer.cert_count, 0);
	assert_outcome(b, STORE_DONE, store_account_by_id(b->store, bench_ask(b), account));
}

static void test_purge_steps(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");

	for (size_t i = 0; i < 5; i++) {
		AUTO(free) char *name = str_fmt("n%zu.test", i);

		bench_order(b, account, name);
	}
	assert_int_equal(purge(b, NOON + 8 * DAY, NOON, 2), 4); /* two orders, two authorizations */
	assert_int_equal(purge(b, NOON + 8 * DAY, NOON, 2), 4);
	assert_int_equal(purge(b, NOON + 8 * DAY, NOON, 2), 2);
	assert_int_equal(purge(b, NOON + 8 * DAY, NOON, 2), 0);
}

/* More than one statement takes at once, and not a multiple of it. */
static void test_purge_many(void **state)
{
	enum { MANY = 37 };
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"), last = 0;

	for (size_t i = 0; i < MANY; i++) {
		AUTO(free) char *names = str_fmt("n%zu.test m%zu.test", i, i);
		AUTO(free) char *serial = str_fmt("%02zx", i);

		last = bench_issue(b, account, names, serial);
	}
	int64_t kept = bench_issue(b, account, "kept.test", "ff");

	assert_int_equal(purge(b, NOON + 7 * DAY + 1, NOON, MANY), MANY);
	assert_outcome(b, STORE_NOT_FOUND, store_order_by_id(b->store, bench_ask(b), last));
	assert_outcome(b, STORE_DONE, store_order_by_id(b->store, bench_ask(b), kept));
	assert_int_equal(purge(b, NOON, NOON + 90 * DAY + 1, MANY), MANY);
	assert_outcome(b, STORE_NOT_FOUND, store_cert_by_serial(b->store, bench_ask(b), "24"));
	assert_outcome(b, STORE_DONE, store_cert_by_serial(b->store, bench_ask(b), "ff"));
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), "m36.test", 0, 9));
	assert_int_equal(b->answer.cert_count, 0);
}

/* A valid authorization ends earlier than the pending one would have: an order that still can be asked for keeps it. */
static void test_purge_keeps_what_orders_have(void **state)
{
	struct bench *b = *state;
	int64_t id = bench_order(b, bench_account(b, "t1"), "a.test");
	struct store_verdict v = { .authz_id = b->answer.orders[0].authzs[0].id,
				   .attempt = "http-01",
				   .valid = true,
				   .now = NOON,
				   .expires = NOON + DAY };

	assert_outcome(b, STORE_DONE, store_authz_judge(b->store, bench_ask(b), &v));
	assert_int_equal(purge(b, NOON + 2 * DAY, NOON, 100), 0);
	assert_outcome(b, STORE_DONE, store_order_by_id(b->store, bench_ask(b), id));
	assert_int_equal(b->answer.orders[0].authz_count, 1);
}

static void replace(struct bench *b, int64_t account, const char *name, time_t now,
		    enum store_outcome wanted)
{
	AUTO(wish_release) struct wish w;

	bench_wish(b, &w, account, name);
	w.order.replaces = "aki.01";
	w.order.replaces_serial = "01";
	w.order.now = now;
	w.order.expires = w.order.authz_expires = now + 7 * DAY;
	assert_outcome(b, wanted, store_order_create(b->store, bench_ask(b), &w.order));
}

/* That a certificate was replaced outlives the order that did it, but not an order that came to nothing. */
static void test_purge_remembers_replacements(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");

	bench_issue(b, account, "a.test", "01");
	replace(b, account, "b.test", NOON, STORE_DONE);
	purge(b, NOON + 8 * DAY, NOON, 100);
	replace(b, account, "c.test", NOON + 8 * DAY, STORE_DONE);
	int64_t id = b->answer.orders[0].id;

	bench_prove(b, id);
	bench_finalize(b, id, "02");
	assert_outcome(b, STORE_DONE, store_order_certify(b->store, bench_ask(b), id, "DER", 3));
	purge(b, NOON + 16 * DAY, NOON, 100);
	replace(b, account, "d.test", NOON + 16 * DAY, STORE_CONFLICT);
}

static void test_check(void **state)
{
	struct bench *b = *state;

	assert_outcome(b, STORE_DONE, store_check(b->store, bench_ask(b)));
	assert_string_equal(store_backend_name(b->store),
			    b->config.store.backend == STORE_SQLITE ? "sqlite" : "postgresql");
}

/* The clock stands still or goes back; the process starts anew: numbers grow all the same, and by chance. */
static void test_numbers_grow(void **state)
{
	struct bench *b = *state;
	int64_t last = 0, steps = 0;

	for (size_t i = 0; i < 8; i++) {
		AUTO(free) char *thumbprint = str_fmt("t%zu", i);

		bench_set_now(NOON - (time_t)i * DAY);
		int64_t id = bench_account(b, thumbprint);

		assert_true(id > last);
		steps += last > 0 && id - last > 1;
		last = id;
		if (i % 4 == 3)
			bench_reopen(b);
	}
	assert_true(steps > 0);
	bench_set_now(NOON);
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_purge),
	BENCH_TEST(test_purge_steps),
	BENCH_TEST(test_purge_many),
	BENCH_TEST(test_purge_keeps_what_orders_have),
	BENCH_TEST(test_purge_remembers_replacements),
	BENCH_TEST(test_check),
	BENCH_TEST(test_numbers_grow),
};

const struct suite suite_upkeep = { "upkeep", tests, ARRAY_LEN(tests) };
