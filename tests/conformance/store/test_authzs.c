/* Authorizations (RFC 8555 §7.4.1, §7.5; ca.md 5.7). */
#include "bench.h"
#include "suites.h"

struct case_authz {
	struct store_order_ident ident;
	struct store_authz_new new;
};

/* An authorization wanted for one name. */
static void want(struct case_authz *c, int64_t account, const char *name)
{
	*c = (struct case_authz){ .ident = { .ident = { IDENT_DNS, xstrdup(name) },
					     .token = "token" } };
	strlist_add(&c->ident.offered, "http-01");
	strlist_add(&c->ident.offered, "dns-01");
	c->new = (struct store_authz_new){ .account_id = account,
					   .ident = &c->ident,
					   .profile = "classic",
					   .now = bench_now(),
					   .expires = NOON + 86400,
					   .reuse_after = NOON + 3600 };
}

static void case_authz_release(struct case_authz *c)
{
	ident_release(&c->ident.ident);
	strlist_release(&c->ident.offered);
}

AUTO_RELEASE(struct case_authz, case_authz_release)

static int64_t create(struct bench *b, struct case_authz *c, enum store_outcome wanted)
{
	assert_outcome(b, wanted, store_authz_create(b->store, bench_ask(b), &c->new));
	assert_int_equal(b->answer.authz_count, 1);
	return b->answer.authzs[0].id;
}

static struct store_verdict verdict(int64_t id, bool valid)
{
	return (struct store_verdict){ .authz_id = id,
				       .attempt = "http-01",
				       .valid = valid,
				       .problem = valid ? NULL : "{\"type\":\"dns\"}",
				       .record = "[1]",
				       .now = bench_now(),
				       .expires = NOON + 30 * 86400 };
}

static void judge(struct bench *b, int64_t id, bool valid, enum store_outcome wanted)
{
	struct store_verdict v = verdict(id, valid);

	assert_outcome(b, wanted, store_authz_judge(b->store, bench_ask(b), &v));
}

static void begin(struct bench *b, int64_t id, time_t now, enum store_outcome wanted)
{
	assert_outcome(b, wanted, store_authz_begin(b->store, bench_ask(b), id, "http-01", now));
}

static void test_create(void **state)
{
	struct bench *b = *state;
	AUTO(case_authz_release) struct case_authz c;

	want(&c, bench_account(b, "t1"), "*.a.test");
	int64_t id = create(b, &c, STORE_DONE);

	assert_outcome(b, STORE_DONE, store_authz_by_id(b->store, bench_ask(b), id));
	const struct store_authz *a = &b->answer.authzs[0];

	assert_string_equal(a->ident.value, "a.test");
	assert_true(a->wildcard);
	assert_int_equal(a->status, AUTHZ_PENDING);
	assert_int_equal(a->expires, NOON + 86400);
	assert_string_equal(a->profile, "classic");
	assert_string_equal(a->token, "token");
	assert_int_equal(a->offered.count, 2);
	assert_string_equal(a->offered.items[1], "dns-01");
	assert_null(a->attempt);
	assert_int_equal(a->validated, 0);
	assert_null(a->error);
	assert_null(a->record);
	assert_true(create(b, &c, STORE_DONE) > id); /* a pending one is not taken again */
	judge(b, id, true, STORE_DONE);
	assert_int_equal(create(b, &c, STORE_EXISTED), id);
	assert_string_equal(b->answer.authzs[0].token, "token");
	assert_outcome(b, STORE_NOT_FOUND, store_authz_by_id(b->store, bench_ask(b), 1));
}

static void test_begin(void **state)
{
	struct bench *b = *state;
	AUTO(case_authz_release) struct case_authz c;

	want(&c, bench_account(b, "t1"), "a.test");
	int64_t id = create(b, &c, STORE_DONE);

	begin(b, id, NOON + 86400, STORE_TOO_LATE); /* expired */
	begin(b, id, NOON, STORE_DONE);
	assert_string_equal(b->answer.authzs[0].attempt, "http-01");
	begin(b, id, NOON, STORE_CONFLICT);
	judge(b, id, true, STORE_DONE);
	begin(b, id, NOON, STORE_EXISTED);
	begin(b, id, NOON + 30 * 86400, STORE_TOO_LATE);
	begin(b, id + 1000000, NOON, STORE_NOT_FOUND);
	c.new.reuse_after = 0;
	id = create(b, &c, STORE_DONE);
	judge(b, id, false, STORE_DONE);
	begin(b, id, NOON, STORE_TOO_LATE);
}

static void test_judge(void **state)
{
	struct bench *b = *state;
	AUTO(case_authz_release) struct case_authz c;

	want(&c, bench_account(b, "t1"), "a.test");
	int64_t id = create(b, &c, STORE_DONE);

	begin(b, id, NOON, STORE_DONE);
	judge(b, id, false, STORE_DONE);
	judge(b, id, true, STORE_TOO_LATE);
	assert_int_equal(b->answer.authzs[0].status, AUTHZ_INVALID);
	assert_outcome(b, STORE_DONE, store_authz_by_id(b->store, bench_ask(b), id));
	assert_int_equal(b->answer.authzs[0].status, AUTHZ_INVALID);
	assert_string_equal(b->answer.authzs[0].error, "{\"type\":\"dns\"}");
	assert_string_equal(b->answer.authzs[0].record, "[1]");
	assert_int_equal(b->answer.authzs[0].validated, NOON);
	assert_int_equal(b->answer.authzs[0].expires, NOON + 86400);
	judge(b, id + 1000000, true, STORE_NOT_FOUND);
	id = create(b, &c, STORE_DONE);
	bench_set_now(NOON + 86400);
	judge(b, id, true, STORE_TOO_LATE); /* expired ones do not become valid (RFC 8555 §7.1.6) */
	bench_set_now(NOON);
	judge(b, id, true, STORE_DONE);
	assert_int_equal(b->answer.authzs[0].expires, NOON + 30 * 86400);
	assert_null(b->answer.authzs[0].error);
}

/* A failed authorization ends its order, whose other ones stay. */
static void test_order_follows(void **state)
{
	struct bench *b = *state;
	int64_t id = bench_order(b, bench_account(b, "t1"), "a.test b.test");

	judge(b, b->answer.orders[0].authzs[0].id, true, STORE_DONE);
	assert_int_equal(bench_order_status(b, id), ORDER_PENDING);
	judge(b, b->answer.orders[0].authzs[1].id, false, STORE_DONE);
	assert_int_equal(bench_order_status(b, id), ORDER_INVALID);
	assert_int_equal(b->answer.orders[0].authzs[0].status, AUTHZ_VALID);
}

static void deactivate(struct bench *b, int64_t id, time_t now, enum store_outcome wanted)
{
	assert_outcome(b, wanted, store_authz_deactivate(b->store, bench_ask(b), id, now));
}

/* RFC 8555 §7.5.2. */
static void test_deactivate(void **state)
{
	struct bench *b = *state;
	AUTO(case_authz_release) struct case_authz c;

	want(&c, bench_account(b, "t1"), "a.test");
	int64_t pending = create(b, &c, STORE_DONE), valid = create(b, &c, STORE_DONE);

	judge(b, valid, true, STORE_DONE);
	deactivate(b, pending, NOON + 86400, STORE_TOO_LATE);
	deactivate(b, pending, NOON, STORE_DONE);
	assert_int_equal(b->answer.authzs[0].status, AUTHZ_DEACTIVATED);
	deactivate(b, pending, NOON, STORE_TOO_LATE);
	judge(b, pending, true, STORE_TOO_LATE);
	begin(b, pending, NOON, STORE_TOO_LATE);
	deactivate(b, valid, NOON, STORE_DONE);
	assert_true(create(b, &c, STORE_DONE) > valid);
	deactivate(b, valid + 1000000000000, NOON, STORE_NOT_FOUND);
}

/* The client deactivates while the verdict is on its way: whoever is first. */
static void test_race(void **state)
{
	struct bench *b = *state;
	AUTO(case_authz_release) struct case_authz c;

	want(&c, bench_account(b, "t1"), "a.test");
	int64_t one = create(b, &c, STORE_DONE), two = create(b, &c, STORE_DONE);
	struct store_verdict of_one = verdict(one, true), of_two = verdict(two, true);

	store_authz_deactivate(b->store, bench_ask(b), one, NOON);
	store_authz_judge(b->store, bench_ask(b), &of_one);
	bench_wait(b, 2);
	assert_int_equal(b->answer.outcome, STORE_TOO_LATE);
	assert_int_equal(b->answer.authzs[0].status, AUTHZ_DEACTIVATED);
	store_authz_judge(b->store, bench_ask(b), &of_two);
	store_authz_deactivate(b->store, bench_ask(b), two, NOON);
	bench_wait(b, 2);
	assert_int_equal(b->answer.outcome, STORE_DONE);
	assert_int_equal(b->answer.authzs[0].status, AUTHZ_DEACTIVATED);
}

/* A verdict that comes at once brings its attempt along; the one attempt of an authorization may be another. */
static void test_attempt_with_verdict(void **state)
{
	struct bench *b = *state;
	AUTO(case_authz_release) struct case_authz c;

	want(&c, bench_account(b, "t1"), "a.test");
	int64_t one = create(b, &c, STORE_DONE), two = create(b, &c, STORE_DONE);

	judge(b, one, true, STORE_DONE);
	assert_outcome(b, STORE_DONE, store_authz_by_id(b->store, bench_ask(b), one));
	assert_int_equal(b->answer.authzs[0].status, AUTHZ_VALID);
	assert_string_equal(b->answer.authzs[0].attempt, "http-01");
	assert_outcome(b, STORE_DONE,
		       store_authz_begin(b->store, bench_ask(b), two, "dns-01", NOON));
	judge(b, two, true, STORE_TOO_LATE);
	assert_string_equal(b->answer.authzs[0].attempt, "dns-01");
	assert_int_equal(b->answer.authzs[0].status, AUTHZ_PENDING);
}

static void covers(struct bench *b, int64_t account, const char *names, time_t now,
		   enum store_outcome wanted)
{
	AUTO(strlist_release) struct strlist l = { 0 };
	AUTO(idents_release) struct idents idents = { 0 };

	strlist_split(&l, names, ' ');
	for (size_t i = 0; i < l.count; i++)
		idents_add(&idents, IDENT_DNS, l.items[i]);
	assert_outcome(b, wanted,
		       store_authz_covers(b->store, bench_ask(b), account, &idents, now));
}

/* Who may revoke (RFC 8555 §7.6). */
static void test_covers(void **state)
{
	struct bench *b = *state;
	int64_t account = bench_account(b, "t1"), other = bench_account(b, "t2");

	bench_issue(b, account, "*.a.test b.test", "01");
	covers(b, account, "*.a.test b.test", NOON, STORE_DONE);
	covers(b, account, "b.test", NOON, STORE_DONE);
	covers(b, account, "a.test b.test", NOON, STORE_NOT_FOUND);
	covers(b, account, "*.b.test", NOON, STORE_NOT_FOUND);
	covers(b, account, "b.test", NOON + 30 * 86400, STORE_NOT_FOUND);
	covers(b, other, "b.test", NOON, STORE_NOT_FOUND);
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_create),
	BENCH_TEST(test_begin),
	BENCH_TEST(test_judge),
	BENCH_TEST(test_order_follows),
	BENCH_TEST(test_deactivate),
	BENCH_TEST(test_race),
	BENCH_TEST(test_attempt_with_verdict),
	BENCH_TEST(test_covers),
};

const struct suite suite_authzs = { "authzs", tests, ARRAY_LEN(tests) };
