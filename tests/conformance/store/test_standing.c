/* Certificates that have not ended bind the configuration to their issuers' names and shards (RFC 5280 §6.3.3). */
#include "bench.h"
#include "suites.h"

enum { SHARD = 3 }; /* of what bench_issue() makes, by i1 */

#define END (NOON + 90 * 86400)

/* What an issuer that had this many shards leaves behind. */
static void made_crls(struct bench *b, const char *issuer, int64_t shards)
{
	for (int64_t n = 0; n < shards; n++)
		assert_outcome(b, STORE_DONE, store_crl_number(b->store, bench_ask(b), issuer, n));
}

static struct err *check(const struct bench *b, const char *name, int64_t shards,
			 const char *crl_url)
{
	AUTO(free) char *own_name = xstrdup(name);
	AUTO(free) char *own_url = crl_url != NULL ? xstrdup(crl_url) : NULL;
	struct issuer_config issuer = { .name = own_name,
					.crl_url = own_url,
					.crl_shards = shards };
	struct ca_config c = b->config;

	c.issuers = &issuer;
	c.issuer_count = 1;
	AUTO(err_free) struct err *before = store_would_serve(&c, bench_world());
	struct err *e = store_check_issuers(b->store, &c);

	assert_int_equal(before != NULL, e != NULL);
	return e;
}

#define CRL "http://ca.test/i1"

static void test_issuer_gone(void **state)
{
	struct bench *b = *state;

	made_crls(b, "i1", SHARD + 1);
	assert_done(check(b, "other", 9, CRL)); /* nothing was issued */
	bench_issue(b, bench_account(b, "t1"), "a.test", "01");
	assert_done(check(b, "i1", SHARD + 1, CRL));
	assert_refused(check(b, "other", SHARD + 1, CRL), ERR_CONFIG, "there is no [issuer i1]");
	bench_set_now(END - 1);
	assert_refused(check(b, "other", SHARD + 1, CRL), ERR_CONFIG, "`active = no`");
	bench_set_now(END);
	assert_done(check(b, "other", SHARD + 1, CRL));
	bench_set_now(NOON);
}

static void test_fewer_shards(void **state)
{
	struct bench *b = *state;

	made_crls(b, "i1", SHARD + 3);
	bench_issue(b, bench_account(b, "t1"), "a.test", "01");
	assert_done(check(b, "i1", SHARD + 9, CRL));
	assert_done(check(b, "i1", SHARD + 1, CRL)); /* those above have no certificate */
	assert_refused(check(b, "i1", SHARD, CRL), ERR_CONFIG, "[issuer i1]: with 3 crl_shards");
	assert_refused(check(b, "i1", SHARD + 1, NULL), ERR_CONFIG, "[issuer i1] has no crl_url");
	bench_set_now(END);
	assert_done(check(b, "i1", SHARD, CRL));
	assert_done(check(b, "i1", SHARD, NULL));
	bench_set_now(NOON);
}

/* A serial that is reserved will be signed. */
static void test_reserved(void **state)
{
	struct bench *b = *state;
	int64_t order = bench_order(b, bench_account(b, "t1"), "a.test");

	made_crls(b, "i1", SHARD + 1);
	bench_prove(b, order);
	bench_finalize(b, order, "01");
	assert_refused(check(b, "other", 9, CRL), ERR_CONFIG, "there is no [issuer i1]");
}

/* An issuer whose certificates name no CRL has none that could lack them. */
static void test_without_crl(void **state)
{
	struct bench *b = *state;

	bench_issue(b, bench_account(b, "t1"), "a.test", "01");
	assert_done(check(b, "other", 9, CRL));
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_issuer_gone),
	BENCH_TEST(test_fewer_shards),
	BENCH_TEST(test_reserved),
	BENCH_TEST(test_without_crl),
};

const struct suite suite_standing = { "standing", tests, ARRAY_LEN(tests) };
