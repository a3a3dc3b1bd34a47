/* Orders: made, found again, finalized, ended (RFC 8555 §7.4, RFC 9773 §5, ca.md 5.6). */
#include "bench.h"
#include "suites.h"

static int64_t create(struct bench *b, struct wish *w, enum store_outcome wanted)
{
	assert_outcome(b, wanted, store_order_create(b->store, bench_ask(b), &w->order));
	return b->answer.order_count > 0 ? b->answer.orders[0].id : 0;
}

static void assert_as_made(const struct store_order *o, int64_t account)
{
	assert_int_equal(o->account_id, account);
	assert_string_equal(o->profile, "classic");
	assert_int_equal(o->created, NOON);
	assert_int_equal(o->expires, NOON + 7 * 86400);
	assert_null(o->replaces);
	assert_null(o->error);
	assert_null(o->serial);
	assert_false(o->certified);
	assert_int_equal(o->idents.count, 2);
	assert_string_equal(o->idents.items[0].value, "*.a.test");
	assert_string_equal(o->idents.items[1].value, "a.test");
	assert_int_equal(o->authz_count, 2);
	assert_true(o->authzs[0].wildcard);
	assert_false(o->authzs[1].wildcard);
	assert_string_equal(o->authzs[0].ident.value, "a.test");
	assert_int_equal(o->authzs[1].status, AUTHZ_PENDING);
	assert_null(o->authzs[1].token);
}

static void test_create(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"), id = bench_order(b, account, "*.a.test a.test");

	assert_as_made(&b->answer.orders[0], account);
	assert_outcome(b, STORE_DONE, store_order_by_id(b->store, bench_ask(b), id));
	assert_as_made(&b->answer.orders[0], account);
	assert_outcome(b, STORE_NOT_FOUND, store_order_by_id(b->store, bench_ask(b), id + 1));
	assert_int_equal(b->answer.order_count, 0);
}

/* Another wish than the open order's: each of these makes an order of its own. */
static void other_names(struct wish *w)
{
	w->order.ident_count = 1;
}

static void other_profile(struct wish *w)
{
	w->order.profile = "shortlived";
}

static void other_dates(struct wish *w)
{
	w->order.not_after = NOON + 86400;
}

static void other_replaced(struct wish *w)
{
	w->order.replaces = "aki.serial";
	w->order.replaces_serial = "5e";
}

static void no_reuse(struct wish *w)
{
	w->order.reuse_order = false;
}

static void too_late(struct wish *w)
{
	w->order.now = NOON + 7 * 86400;
	w->order.expires = w->order.authz_expires = NOON + 14 * 86400;
}

static void test_open_order(void **state)
{
	static void (*const others[])(struct wish *) = { other_names,    other_profile, other_dates,
							 other_replaced, no_reuse,      too_late };
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		AUTO(free) char *key = str_fmt("t%zu", i);
		int64_t account = bench_account(b, key);
		AUTO(wish_release) struct wish w;

		bench_wish(b, &w, account, "a.test b.test");
		int64_t id = create(b, &w, STORE_DONE);

		assert_int_equal(create(b, &w, STORE_EXISTED), id);
		assert_int_equal(b->answer.orders[0].authz_count, 2);
		bench_prove(b, id);
		assert_int_equal(create(b, &w, STORE_EXISTED), id); /* a ready one is open too */
		others[i](&w);
		assert_true(create(b, &w, STORE_DONE) > id);
		w.order.ident_count = 2;
	}
}

static void test_closed_orders(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");
	AUTO(wish_release) struct wish w;

	bench_wish(b, &w, account, "a.test");
	int64_t failed = create(b, &w, STORE_DONE);

	assert_outcome(b, STORE_DONE, store_order_fail(b->store, bench_ask(b), failed, "{}"));
	int64_t refused = create(b, &w, STORE_DONE);

	assert_outcome(b, STORE_DONE,
		       store_authz_deactivate(b->store, bench_ask(b),
					      b->answer.orders[0].authzs[0].id, NOON));
	int64_t finalized = create(b, &w, STORE_DONE);

	assert_true(refused > failed && finalized > refused);
	bench_prove(b, finalized);
	bench_finalize(b, finalized, "01");
	assert_true(create(b, &w, STORE_DONE) > finalized);
	w.order.account_id = bench_account(b, "t2");
	create(b, &w, STORE_DONE); /* another account's is not given */
}

/* --- valid authorizations are taken again */

static void test_reuse(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");
	int64_t id = bench_issue(b, account, "*.a.test a.test", "01");
	AUTO(wish_release) struct wish w;

	bench_wish(b, &w, account, "*.a.test a.test b.test");
	w.order.authz_expires = NOON + 3 * 86400;
	assert_true(create(b, &w, STORE_DONE) > id);
	struct store_order *o = &b->answer.orders[0];

	assert_int_equal(o->authzs[0].status, AUTHZ_VALID);
	assert_true(o->authzs[0].wildcard);
	assert_int_equal(o->authzs[1].status, AUTHZ_VALID);
	assert_false(o->authzs[1].wildcard);
	assert_int_equal(o->authzs[2].status, AUTHZ_PENDING);
	assert_int_equal(o->expires, NOON + 3 * 86400); /* no longer than its authorizations */
}

static void not_asked(struct wish *w)
{
	w->order.reuse_authz_after = 0;
}

static void ends_too_early(struct wish *w)
{
	w->order.reuse_authz_after = NOON + 30 * 86400;
}

static void never_this_type(struct wish *w)
{
	w->order.never_reuse = "http-01";
}

static void test_no_reuse(void **state)
{
	static void (*const reasons[])(struct wish *) = { not_asked, ends_too_early,
							  never_this_type, other_profile };
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");

	bench_issue(b, account, "a.test", "01");
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		AUTO(wish_release) struct wish w;

		bench_wish(b, &w, account, "a.test");
		w.order.reuse_order = false;
		reasons[i](&w);
		create(b, &w, STORE_DONE);
		assert_int_equal(b->answer.orders[0].authzs[0].status, AUTHZ_PENDING);
	}
	AUTO(wish_release) struct wish w;

	bench_wish(b, &w, account, "a.test");
	w.order.reuse_order = false;
	w.order.never_reuse = "dns-01";
	create(b, &w, STORE_DONE);
	assert_int_equal(b->answer.orders[0].authzs[0].status, AUTHZ_VALID);
}

/* --- replaces */

static void test_replaces(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");
	AUTO(wish_release) struct wish one, two;

	bench_wish(b, &one, account, "a.test");
	other_replaced(&one);
	bench_wish(b, &two, account, "b.test");
	other_replaced(&two);
	int64_t id = create(b, &one, STORE_DONE);

	assert_string_equal(b->answer.orders[0].replaces, "aki.serial");
	create(b, &two, STORE_CONFLICT);
	assert_int_equal(create(b, &one, STORE_EXISTED), id); /* it is this very order */
	assert_outcome(b, STORE_DONE, store_order_fail(b->store, bench_ask(b), id, "{}"));
	int64_t second = create(b, &two, STORE_DONE);

	create(b, &one, STORE_CONFLICT);
	bench_prove(b, second);
	bench_finalize(b, second, "5f");
	create(b, &one, STORE_CONFLICT);
	assert_outcome(b, STORE_DONE,
		       store_order_certify(b->store, bench_ask(b), second, "DER", 3));
	create(b, &one, STORE_CONFLICT);
}

/* Two orders race to replace the same certificate. */
static void test_replaces_race(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");
	AUTO(wish_release) struct wish one, two;

	bench_wish(b, &one, account, "a.test");
	other_replaced(&one);
	bench_wish(b, &two, account, "b.test");
	other_replaced(&two);
	store_order_create(b->store, bench_ask(b), &one.order);
	store_order_create(b->store, bench_ask(b), &two.order);
	bench_wait(b, 2);
	assert_int_equal(b->answer.outcome, STORE_CONFLICT);
}

/* --- finalize, certify, fail */

static struct store_finalize finalization(int64_t order_id, char *serial)
{
	static char issuer[] = "i1", profile[] = "classic";

	return (struct store_finalize){ .order_id = order_id,
					.csr = "CSR",
					.csr_len = 3,
					.now = bench_now(),
					.cert = { .serial = serial,
						  .issuer = issuer,
						  .profile = profile,
						  .not_after = NOON + 86400 } };
}

static void test_finalize(void **state)
{
	struct bench *b = *state;
	char serial[] = "0b", taken[] = "0a";
	int64_t account = bench_account(b, "t1"), issued = bench_issue(b, account, "b.test", "0a");
	int64_t id = bench_order(b, account, "a.test");
	struct store_finalize f = finalization(id, serial), again = finalization(id, taken);

	assert_outcome(b, STORE_TOO_LATE,
		       store_order_finalize(b->store, bench_ask(b), &f)); /* pending */
	bench_prove(b, id);
	assert_outcome(b, STORE_CONFLICT, store_order_finalize(b->store, bench_ask(b), &again));
	assert_null(b->answer.orders[0].serial);
	assert_outcome(b, STORE_DONE, store_order_finalize(b->store, bench_ask(b), &f));
	assert_string_equal(b->answer.orders[0].serial, "0b");
	assert_outcome(b, STORE_TOO_LATE, store_order_finalize(b->store, bench_ask(b), &f));
	f.order_id = issued;
	assert_outcome(b, STORE_TOO_LATE, store_order_finalize(b->store, bench_ask(b), &f));
	f.order_id = id + 1000000;
	assert_outcome(b, STORE_NOT_FOUND, store_order_finalize(b->store, bench_ask(b), &f));
}

/* An order was ready when the client looked, and is not any more. */
static void test_finalize_not_ready(void **state)
{
	struct bench *b = *state;
	char serial[] = "0b";
	int64_t account = bench_account(b, "t1"), id = bench_order(b, account, "a.test");
	struct store_finalize f = finalization(id, serial);

	bench_prove(b, id);
	f.now = NOON + 7 * 86400;
	assert_outcome(b, STORE_TOO_LATE, store_order_finalize(b->store, bench_ask(b), &f));
	f.now = NOON;
	assert_outcome(b, STORE_DONE, store_order_by_id(b->store, bench_ask(b), id));
	assert_outcome(b, STORE_DONE,
		       store_authz_deactivate(b->store, bench_ask(b),
					      b->answer.orders[0].authzs[0].id, NOON));
	assert_outcome(b, STORE_TOO_LATE, store_order_finalize(b->store, bench_ask(b), &f));
	assert_outcome(b, STORE_NOT_FOUND, store_cert_by_serial(b->store, bench_ask(b), "0b"));
}

/* Both finalize the order; both orders want the serial. */
static void test_finalize_race(void **state)
{
	struct bench *b = *state;
	char serial[] = "0b", other[] = "0c";
	int64_t account = bench_account(b, "t1"), one = bench_order(b, account, "a.test");
	int64_t two = bench_order(b, account, "b.test");
	struct store_finalize f = finalization(one, serial), g = finalization(one, other),
			      h = finalization(two, serial);

	bench_prove(b, one);
	bench_prove(b, two);
	store_order_finalize(b->store, bench_ask(b), &f);
	store_order_finalize(b->store, bench_ask(b), &g);
	bench_wait(b, 2);
	assert_int_equal(b->answer.outcome, STORE_TOO_LATE);
	assert_string_equal(b->answer.orders[0].serial, "0b");
	assert_outcome(b, STORE_CONFLICT, store_order_finalize(b->store, bench_ask(b), &h));
}

static void test_certify(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"), id = bench_order(b, account, "a.test");

	assert_outcome(b, STORE_TOO_LATE,
		       store_order_certify(b->store, bench_ask(b), id, "DER", 3));
	bench_prove(b, id);
	bench_finalize(b, id, "01");
	assert_outcome(b, STORE_DONE, store_order_certify(b->store, bench_ask(b), id, "DER", 3));
	assert_true(b->answer.orders[0].certified);
	assert_null(b->answer.orders[0].csr);
	assert_outcome(b, STORE_TOO_LATE,
		       store_order_certify(b->store, bench_ask(b), id, "OTHER", 5));
	assert_outcome(b, STORE_TOO_LATE, store_order_fail(b->store, bench_ask(b), id, "{}"));
	assert_outcome(b, STORE_DONE, store_cert_by_serial(b->store, bench_ask(b), "01"));
	assert_int_equal(b->answer.certs[0].der_len, 3);
	assert_outcome(b, STORE_NOT_FOUND,
		       store_order_certify(b->store, bench_ask(b), id + 1, "DER", 3));
}

static void test_fail(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"), id = bench_order(b, account, "a.test");

	bench_prove(b, id);
	bench_finalize(b, id, "01");
	assert_outcome(b, STORE_DONE,
		       store_order_fail(b->store, bench_ask(b), id, "{\"type\":\"caa\"}"));
	assert_string_equal(b->answer.orders[0].error, "{\"type\":\"caa\"}");
	assert_outcome(b, STORE_EXISTED, store_order_fail(b->store, bench_ask(b), id, "{}"));
	assert_outcome(b, STORE_TOO_LATE,
		       store_order_certify(b->store, bench_ask(b), id, "DER", 3));
	assert_int_equal(bench_order_status(b, id), ORDER_INVALID);
	assert_string_equal(b->answer.orders[0].error, "{\"type\":\"caa\"}");
	assert_outcome(b, STORE_NOT_FOUND, store_cert_by_serial(b->store, bench_ask(b), "01"));
	assert_outcome(b, STORE_NOT_FOUND, store_order_fail(b->store, bench_ask(b), id + 1, "{}"));
}

/* What a new process finds after a crash. */
static void test_unfinished(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"), id = bench_order(b, account, "a.test b.test");
	int64_t failed = bench_order(b, account, "d.test"),
		pending = bench_order(b, account, "e.test");
	int64_t under_way = b->answer.orders[0].authzs[0].id;

	bench_issue(b, account, "c.test", "03");
	bench_prove(b, id);
	bench_finalize(b, id, "01");
	bench_prove(b, failed);
	bench_finalize(b, failed, "02");
	assert_outcome(b, STORE_DONE, store_order_fail(b->store, bench_ask(b), failed, "{}"));
	assert_outcome(b, STORE_DONE,
		       store_authz_begin(b->store, bench_ask(b), under_way, "dns-01", NOON));
	bench_reopen(b);
	assert_outcome(b, STORE_DONE, store_unfinished(b->store, bench_ask(b)));
	assert_int_equal(b->answer.order_count, 1);
	assert_int_equal(b->answer.orders[0].id, id);
	assert_int_equal(b->answer.orders[0].authz_count, 2);
	assert_memory_equal(b->answer.orders[0].csr, "CSR", 3);
	assert_int_equal(b->answer.cert_count, 1);
	assert_string_equal(b->answer.certs[0].serial, "01");
	assert_int_equal(b->answer.certs[0].idents.count, 2);
	assert_int_equal(b->answer.authz_count, 1);
	assert_int_equal(b->answer.authzs[0].id, under_way);
	assert_string_equal(b->answer.authzs[0].attempt, "dns-01");
	assert_string_equal(b->answer.authzs[0].token, "token");
	assert_int_equal(bench_order_status(b, pending), ORDER_PENDING);
}

static void test_list(void **state)
{
	struct bench *b = *state;
	int64_t one = bench_account(b, "t1"), two = bench_account(b, "t2");
	int64_t a = bench_order(b, one, "a.test b.test"), other = bench_order(b, two, "a.test");
	int64_t c = bench_order(b, one, "c.test");

	assert_outcome(b, STORE_DONE, store_orders(b->store, bench_ask(b), one, 0, 10));
	assert_int_equal(b->answer.order_count, 2);
	assert_int_equal(b->answer.orders[0].id, c);
	assert_int_equal(b->answer.orders[1].id, a);
	assert_int_equal(b->answer.orders[1].authz_count, 2);
	assert_outcome(b, STORE_DONE, store_orders(b->store, bench_ask(b), one, c, 10));
	assert_int_equal(b->answer.order_count, 1);
	assert_int_equal(b->answer.orders[0].id, a);
	assert_outcome(b, STORE_DONE, store_orders(b->store, bench_ask(b), 0, 0, 2));
	assert_int_equal(b->answer.order_count, 2);
	assert_int_equal(b->answer.orders[1].id, other);
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_create),
	BENCH_TEST(test_open_order),
	BENCH_TEST(test_closed_orders),
	BENCH_TEST(test_reuse),
	BENCH_TEST(test_no_reuse),
	BENCH_TEST(test_replaces),
	BENCH_TEST(test_replaces_race),
	BENCH_TEST(test_finalize),
	BENCH_TEST(test_finalize_not_ready),
	BENCH_TEST(test_finalize_race),
	BENCH_TEST(test_certify),
	BENCH_TEST(test_fail),
	BENCH_TEST(test_unfinished),
	BENCH_TEST(test_list),
};

const struct suite suite_orders = { "orders", tests, ARRAY_LEN(tests) };
