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

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_issuance),
};

const struct suite suite_issue = { "issue", tests, ARRAY_LEN(tests) };
