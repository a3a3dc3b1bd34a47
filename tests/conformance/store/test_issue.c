/* The life of an order, and what stands in its way (RFC 8555 §7.1.6, §7.4). */
#include "bench.h"
#include "suites.h"

static void test_issuance(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t-issuance");
	int64_t id = bench_order(b, account, "a.test *.a.test");

	assert_int_equal(bench_order_status(b, id), ORDER_PENDING);
	bench_prove(b, id);
	assert_int_equal(bench_order_status(b, id), ORDER_READY);
	bench_finalize(b, id, "0a01");
	assert_int_equal(bench_order_status(b, id), ORDER_PROCESSING);
	assert_int_equal(b->answer.orders[0].csr_len, 3);
	assert_outcome(b, STORE_NOT_FOUND, store_cert_by_serial(b->store, bench_ask(b), "0a01"));
	assert_outcome(b, STORE_DONE, store_order_certify(b->store, bench_ask(b), id, "DER", 3));
	assert_int_equal(bench_order_status(b, id), ORDER_VALID);
	assert_null(b->answer.orders[0].csr);
	assert_outcome(b, STORE_DONE, store_cert_by_serial(b->store, bench_ask(b), "0a01"));
	struct store_cert *c = &b->answer.certs[0];

	assert_int_equal(c->order_id, id);
	assert_int_equal(c->account_id, account);
	assert_string_equal(c->issuer, "i1");
	assert_int_equal(c->shard, 3);
	assert_int_equal(c->idents.count, 2);
	assert_string_equal(c->idents.items[1].value, "*.a.test");
	assert_memory_equal(c->der, "DER", 3);
	assert_memory_equal(c->spki_sha256, "a key of exactly thirty-two byte", 32);
}

static int64_t finalized(struct bench *b, int64_t account, const char *name, const char *serial)
{
	int64_t id = bench_order(b, account, name);

	bench_prove(b, id);
	bench_finalize(b, id, serial);
	return id;
}

/* It stays to be failed, with the reason. */
static void assert_taken_back(struct bench *b, int64_t id)
{
	assert_outcome(b, STORE_CONFLICT,
		       store_order_certify(b->store, bench_ask(b), id, "DER", 3));
	assert_int_equal(bench_order_status(b, id), ORDER_PROCESSING);
	assert_outcome(b, STORE_DONE, store_order_fail(b->store, bench_ask(b), id, "{}"));
	assert_int_equal(bench_order_status(b, id), ORDER_INVALID);
}

/* RFC 8555 §7.3.6: what waits for its certificate when its account or an authorization ends gets none. */
static void test_taken_back(void **state)
{
	static const enum account_status ends[] = { ACCOUNT_DEACTIVATED, ACCOUNT_REVOKED };
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"), id = finalized(b, account, "a.test", "01");
	int64_t authz = b->answer.orders[0].authzs[0].id;

	assert_outcome(b, STORE_DONE, store_authz_deactivate(b->store, bench_ask(b), authz, NOON));
	assert_taken_back(b, id);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		AUTO(free) char *text = str_fmt("9%zu", i);

		account = bench_account(b, text);
		id = finalized(b, account, "a.test", text);
		assert_outcome(b, STORE_DONE,
			       store_account_end(b->store, bench_ask(b), account, ends[i]));
		assert_taken_back(b, id);
	}
	id = finalized(b, bench_account(b, "t2"), "b.test", "02");
	bench_set_now(NOON + 31 * 86400); /* that an authorization has expired is no reason */
	assert_outcome(b, STORE_DONE, store_order_certify(b->store, bench_ask(b), id, "DER", 3));
	bench_set_now(NOON);
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_issuance),
	BENCH_TEST(test_taken_back),
};

const struct suite suite_issue = { "issue", tests, ARRAY_LEN(tests) };
