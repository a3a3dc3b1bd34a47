/* Certificates: revocation, what CRLs and people ask for (RFC 5280 §5, RFC 8555 §7.6). */
#include "bench.h"
#include "suites.h"

static const unsigned char *spki(void)
{
	return (const unsigned char *)"a key of exactly thirty-two byte";
}

static void assert_serials(const struct bench *b, const char *wanted)
{
	AUTO(strlist_release) struct strlist l = { 0 };

	for (size_t i = 0; i < b->answer.cert_count; i++)
		strlist_add(&l, b->answer.certs[i].serial);
	AUTO(free) char *text = strlist_join(&l, " ");

	assert_string_equal(text, wanted);
}

static void revoke_it(struct bench *b, const char *serial, int reason, bool upgrade,
		      enum store_outcome wanted)
{
	assert_outcome(
		b, wanted,
		store_cert_revoke(b->store, bench_ask(b), serial, bench_now(), reason, upgrade));
}

static void test_revoke(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"), reserved;

	bench_issue(b, account, "a.test", "01");
	reserved = bench_order(b, account, "b.test");
	bench_prove(b, reserved);
	bench_finalize(b, reserved, "02");
	revoke_it(b, "02", 0, false, STORE_NOT_FOUND);
	revoke_it(b, "09", 0, false, STORE_NOT_FOUND);
	revoke_it(b, "01", 4, false, STORE_DONE);
	assert_int_equal(b->answer.certs[0].revoked, NOON);
	bench_set_now(NOON + 5);
	revoke_it(b, "01", 1, false, STORE_EXISTED);
	assert_int_equal(b->answer.certs[0].reason, 4);
	revoke_it(b, "01", 5, true, STORE_EXISTED);
	revoke_it(b, "01", 1, true, STORE_DONE);
	revoke_it(b, "01", 1, true, STORE_EXISTED);
	bench_set_now(NOON);
	assert_outcome(b, STORE_DONE, store_cert_by_serial(b->store, bench_ask(b), "01"));
	assert_int_equal(b->answer.certs[0].reason, 1);
	assert_int_equal(b->answer.certs[0].revoked, NOON); /* since when stays */
}

/* Of no order and no account: known to whoever lists, revokes and makes CRLs. */
static void test_of_no_order(void **state)
{
	struct bench *b = *state;
	struct ident ident = { IDENT_DNS, xstrdup("ca.test") };
	char serial[] = "07", issuer[] = "i1", profile[] = "server", der[] = "DER";
	const struct store_cert own = { .serial = serial,
					.issuer = issuer,
					.profile = profile,
					.shard = 3,
					.idents = { &ident, 1 },
					.not_before = NOON,
					.not_after = NOON + 86400,
					.der = der,
					.der_len = 3 };

	bench_issue(b, bench_account(b, "t1"), "a.test", "01");
	assert_outcome(b, STORE_DONE, store_cert_add(b->store, bench_ask(b), &own));
	assert_outcome(b, STORE_EXISTED, store_cert_add(b->store, bench_ask(b), &own));
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), "ca.test", 0, 10));
	assert_serials(b, "07");
	revoke_it(b, "07", 4, false, STORE_DONE);
	assert_memory_equal(b->answer.certs[0].der, "DER", 3);
	assert_int_equal(b->answer.certs[0].account_id, 0);
	assert_outcome(b, STORE_DONE,
		       store_certs_revoked(b->store, bench_ask(b), "i1", 3, NOON, NULL, 9));
	assert_serials(b, "07");
	ident_release(&ident);
}

static void test_lists(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");
	int64_t first = bench_issue(b, account, "a.test b.test", "03");
	int64_t second = bench_issue(b, account, "*.a.test b.test", "01"), reserved;

	bench_issue(b, account, "c.test", "02");
	reserved = bench_order(b, account, "b.test");
	bench_prove(b, reserved);
	bench_finalize(b, reserved, "00");
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), NULL, 0, 10));
	assert_serials(b, "02 01 03");
	assert_null(b->answer.certs[0].der);
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), NULL, second, 10));
	assert_serials(b, "03");
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), "b.test", 0, 10));
	assert_serials(b, "01 03");
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), "b.test", 0, 1));
	assert_serials(b, "01");
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), "b.test", second, 10));
	assert_serials(b, "03");
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), "*.a.test", 0, 10));
	assert_serials(b, "01");
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), "a.test", first, 10));
	assert_serials(b, "");
}

static void test_by_key(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");
	unsigned char other[32] = { 0 };
	time_t end = NOON + 90 * 86400;

	bench_issue(b, account, "a.test", "03");
	bench_issue(b, account, "b.test", "01");
	bench_issue(b, account, "c.test", "02");
	revoke_it(b, "02", 4, false, STORE_DONE);
	assert_outcome(b, STORE_DONE,
		       store_certs_by_key(b->store, bench_ask(b), spki(), NULL, NOON, 9));
	assert_serials(b, "01 03");
	assert_outcome(b, STORE_DONE,
		       store_certs_by_key(b->store, bench_ask(b), spki(), NULL, NOON, 1));
	assert_serials(b, "01");
	assert_outcome(b, STORE_DONE,
		       store_certs_by_key(b->store, bench_ask(b), spki(), "01", NOON, 9));
	assert_serials(b, "03");
	assert_outcome(b, STORE_DONE,
		       store_certs_by_key(b->store, bench_ask(b), spki(), NULL, end, 9));
	assert_serials(b, "");
	assert_outcome(b, STORE_DONE,
		       store_certs_by_key(b->store, bench_ask(b), other, NULL, NOON, 9));
	assert_serials(b, "");
}

static void assert_revoked(struct bench *b, const char *issuer, int64_t shard,
			   time_t expired_before, const char *after, const char *wanted)
{
	assert_outcome(b, STORE_DONE,
		       store_certs_revoked(b->store, bench_ask(b), issuer, shard, expired_before,
					   after, 2));
	assert_serials(b, wanted);
}

static void test_revoked(void **state)
{
	static const char *const serials[] = { "01", "02", "03", "04" };
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1");

	for (size_t i = 0; i < ARRAY_LEN(serials); i++) {
		AUTO(free) char *name = str_fmt("n%zu.test", i);

		bench_issue(b, account, name, serials[i]);
		if (i != 1)
			revoke_it(b, serials[i], 4, false, STORE_DONE);
	}
	assert_revoked(b, "i1", 3, NOON, NULL, "01 03");
	assert_int_equal(b->answer.certs[0].reason, 4);
	assert_int_equal(b->answer.certs[0].revoked, NOON);
	assert_revoked(b, "i1", 3, NOON, "03", "04");
	assert_revoked(b, "i1", 3, NOON + 90 * 86400, NULL, "");
	assert_revoked(b, "i1", 4, NOON, NULL, "");
	assert_revoked(b, "i2", 3, NOON, NULL, "");
}

/* RFC 5280 §5.2.3: monotonically increasing; not below the clock, so that an old copy of the database repeats none. */
static void test_crl_number(void **state)
{
	struct bench *b = *state;

	for (int64_t i = 0; i < 3; i++) {
		assert_outcome(b, STORE_DONE, store_crl_number(b->store, bench_ask(b), "i1", 1));
		assert_int_equal(b->answer.number, NOON + i);
	}
	assert_outcome(b, STORE_DONE, store_crl_number(b->store, bench_ask(b), "i1", 2));
	assert_int_equal(b->answer.number, NOON);
	bench_set_now(NOON + 100);
	assert_outcome(b, STORE_DONE, store_crl_number(b->store, bench_ask(b), "i1", 1));
	assert_int_equal(b->answer.number, NOON + 100);
	bench_set_now(NOON);
}

static enum store_outcome renewed(struct bench *b, const char *names, time_t since, int64_t before)
{
	AUTO(strlist_release) struct strlist l = { 0 };
	AUTO(idents_release) struct idents idents = { 0 };

	strlist_split(&l, names, ' ');
	for (size_t i = 0; i < l.count; i++)
		idents_add(&idents, IDENT_DNS, l.items[i]);
	const struct store_renewed r = { &idents, since, before };

	ASK(b, store_cert_renewed(b->store, bench_ask(b), &r));
	return b->answer.outcome;
}

static void test_renewed(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"), reserved;
	int64_t first = bench_issue(b, account, "a.test b.test", "01");

	reserved = bench_order(b, account, "c.test");
	bench_prove(b, reserved);
	bench_finalize(b, reserved, "02");
	assert_int_equal(renewed(b, "a.test b.test", 0, 0), STORE_DONE);
	assert_string_equal(b->answer.certs[0].serial, "01");
	time_t issued = b->answer.certs[0].not_before;

	assert_int_equal(renewed(b, "a.test b.test", issued - 1, first + 1), STORE_DONE);
	assert_int_equal(renewed(b, "a.test b.test", issued, 0), STORE_NOT_FOUND);
	assert_int_equal(renewed(b, "a.test b.test", 0, first), STORE_NOT_FOUND);
	assert_int_equal(renewed(b, "a.test", 0, 0), STORE_NOT_FOUND);
	assert_int_equal(renewed(b, "a.test b.test c.test", 0, 0), STORE_NOT_FOUND);
	assert_int_equal(renewed(b, "c.test", 0, 0), STORE_NOT_FOUND); /* reserved, not signed */
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_revoke),  BENCH_TEST(test_of_no_order), BENCH_TEST(test_lists),
	BENCH_TEST(test_by_key),  BENCH_TEST(test_revoked),     BENCH_TEST(test_crl_number),
	BENCH_TEST(test_renewed),
};

const struct suite suite_certs = { "certs", tests, ARRAY_LEN(tests) };
