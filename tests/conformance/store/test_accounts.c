/* Accounts, their keys, and external account binding (RFC 8555 §7.3). */
#include "bench.h"
#include "suites.h"

static struct store_account_new new_account(const char *thumbprint)
{
	return (struct store_account_new){ .jwk = "{\"kty\":\"EC\"}",
					   .thumbprint = thumbprint,
					   .contacts = "[\"mailto:a@a.test\"]",
					   .now = bench_now() };
}

static void assert_account(const struct bench *b, int64_t id, enum account_status status)
{
	assert_int_equal(b->answer.account_count, 1);
	assert_int_equal(b->answer.accounts[0].id, id);
	assert_int_equal(b->answer.accounts[0].status, status);
}

static void test_create(void **state)
{
	struct bench *b = *state;
	struct store_account_new a = new_account("t1");

	assert_outcome(b, STORE_DONE, store_account_create(b->store, bench_ask(b), &a));
	int64_t id = b->answer.accounts[0].id;

	assert_true(id > 0);
	assert_account(b, id, ACCOUNT_VALID);
	a.contacts = "[]";
	assert_outcome(b, STORE_EXISTED, store_account_create(b->store, bench_ask(b), &a));
	assert_account(b, id, ACCOUNT_VALID);
	assert_string_equal(b->answer.accounts[0].contacts, "[\"mailto:a@a.test\"]");
	a.thumbprint = "t2";
	assert_outcome(b, STORE_DONE, store_account_create(b->store, bench_ask(b), &a));
	assert_true(b->answer.accounts[0].id > id);
}

static void test_read(void **state)
{
	struct bench *b = *state;
	struct store_account_new a = new_account("t1");

	assert_outcome(b, STORE_DONE, store_account_create(b->store, bench_ask(b), &a));
	int64_t id = b->answer.accounts[0].id;

	assert_outcome(b, STORE_DONE, store_account_by_id(b->store, bench_ask(b), id));
	assert_account(b, id, ACCOUNT_VALID);
	assert_string_equal(b->answer.accounts[0].jwk, a.jwk);
	assert_string_equal(b->answer.accounts[0].thumbprint, "t1");
	assert_string_equal(b->answer.accounts[0].contacts, a.contacts);
	assert_null(b->answer.accounts[0].eab);
	assert_int_equal(b->answer.accounts[0].created, NOON);
	assert_outcome(b, STORE_DONE, store_account_by_thumbprint(b->store, bench_ask(b), "t1"));
	assert_account(b, id, ACCOUNT_VALID);
	assert_outcome(b, STORE_NOT_FOUND, store_account_by_id(b->store, bench_ask(b), id + 1));
	assert_int_equal(b->answer.account_count, 0);
	assert_outcome(b, STORE_NOT_FOUND,
		       store_account_by_thumbprint(b->store, bench_ask(b), "t9"));
}

static void test_contacts(void **state)
{
	struct bench *b = *state;
	int64_t id = bench_account(b, "t1");

	assert_outcome(b, STORE_DONE,
		       store_account_contacts(b->store, bench_ask(b), id, "[\"mailto:b@b.test\"]"));
	assert_string_equal(b->answer.accounts[0].contacts, "[\"mailto:b@b.test\"]");
	assert_outcome(b, STORE_DONE, store_account_by_id(b->store, bench_ask(b), id));
	assert_string_equal(b->answer.accounts[0].contacts, "[\"mailto:b@b.test\"]");
	assert_outcome(b, STORE_NOT_FOUND,
		       store_account_contacts(b->store, bench_ask(b), id + 1, "[]"));
	assert_outcome(b, STORE_DONE,
		       store_account_end(b->store, bench_ask(b), id, ACCOUNT_REVOKED));
	assert_outcome(b, STORE_TOO_LATE, store_account_contacts(b->store, bench_ask(b), id, "[]"));
	assert_account(b, id, ACCOUNT_REVOKED);
}

/* RFC 8555 §7.3.6: there is no way back, and the key stays refused. */
static void test_end(void **state)
{
	struct bench *b = *state;
	struct store_account_new a = new_account("t1");
	int64_t id = bench_account(b, "t1");

	assert_outcome(b, STORE_DONE,
		       store_account_end(b->store, bench_ask(b), id, ACCOUNT_DEACTIVATED));
	assert_account(b, id, ACCOUNT_DEACTIVATED);
	assert_outcome(b, STORE_TOO_LATE,
		       store_account_end(b->store, bench_ask(b), id, ACCOUNT_REVOKED));
	assert_account(b, id, ACCOUNT_DEACTIVATED);
	assert_outcome(b, STORE_EXISTED, store_account_create(b->store, bench_ask(b), &a));
	assert_account(b, id, ACCOUNT_DEACTIVATED);
	assert_outcome(b, STORE_NOT_FOUND,
		       store_account_end(b->store, bench_ask(b), id + 1, ACCOUNT_REVOKED));
}

/* RFC 8555 §7.3.5. */
static void test_rekey(void **state)
{
	struct bench *b = *state;
	int64_t one = bench_account(b, "t1"), two = bench_account(b, "t2");

	assert_outcome(b, STORE_CONFLICT,
		       store_account_rekey(b->store, bench_ask(b), one, "t1", "{}", "t2"));
	assert_account(b, two, ACCOUNT_VALID);
	assert_outcome(b, STORE_TOO_LATE,
		       store_account_rekey(b->store, bench_ask(b), one, "t0", "{}", "t3"));
	assert_string_equal(b->answer.accounts[0].thumbprint, "t1");
	assert_outcome(b, STORE_DONE,
		       store_account_rekey(b->store, bench_ask(b), one, "t1", "{\"n\":3}", "t3"));
	assert_string_equal(b->answer.accounts[0].thumbprint, "t3");
	assert_outcome(b, STORE_DONE, store_account_by_thumbprint(b->store, bench_ask(b), "t3"));
	assert_account(b, one, ACCOUNT_VALID);
	assert_string_equal(b->answer.accounts[0].jwk, "{\"n\":3}");
	assert_outcome(b, STORE_NOT_FOUND,
		       store_account_by_thumbprint(b->store, bench_ask(b), "t1"));
	assert_outcome(b, STORE_NOT_FOUND,
		       store_account_rekey(b->store, bench_ask(b), two + 1, "t2", "{}", "t4"));
	assert_outcome(b, STORE_DONE,
		       store_account_end(b->store, bench_ask(b), two, ACCOUNT_DEACTIVATED));
	assert_outcome(b, STORE_TOO_LATE,
		       store_account_rekey(b->store, bench_ask(b), two, "t2", "{}", "t4"));
}

/* Of two that want the same key one gets it, whichever was first. */
static void test_rekey_race(void **state)
{
	struct bench *b = *state;
	int64_t one = bench_account(b, "t1"), two = bench_account(b, "t2");

	store_account_rekey(b->store, bench_ask(b), two, "t2", "{}", "t3");
	store_account_rekey(b->store, bench_ask(b), one, "t1", "{}", "t3");
	bench_wait(b, 2);
	assert_int_equal(b->answer.outcome, STORE_CONFLICT);
	assert_account(b, two, ACCOUNT_VALID);
}

static void test_list(void **state)
{
	struct bench *b = *state;
	int64_t one = bench_account(b, "t1"), two = bench_account(b, "t2"),
		three = bench_account(b, "t3");

	assert_outcome(b, STORE_DONE, store_accounts(b->store, bench_ask(b), 0, 2));
	assert_int_equal(b->answer.account_count, 2);
	assert_int_equal(b->answer.accounts[0].id, three);
	assert_int_equal(b->answer.accounts[1].id, two);
	assert_outcome(b, STORE_DONE, store_accounts(b->store, bench_ask(b), two, 2));
	assert_account(b, one, ACCOUNT_VALID);
}

static void add_eab(struct bench *b, const char *kid, time_t expires)
{
	char mac[] = "bWFj", note[] = "of a test";
	AUTO(free) char *own = xstrdup(kid);
	struct store_eab e = {
		.kid = own, .mac_key = mac, .note = note, .created = NOON, .expires = expires
	};

	assert_outcome(b, STORE_DONE, store_eab_add(b->store, bench_ask(b), &e));
	assert_outcome(b, STORE_EXISTED, store_eab_add(b->store, bench_ask(b), &e));
	assert_string_equal(b->answer.eabs[0].kid, kid);
}

static void bind_to(struct bench *b, const char *thumbprint, const char *kid, bool single_use,
		    enum store_outcome wanted)
{
	struct store_account_new a = new_account(thumbprint);

	a.eab = "{\"protected\":\"\"}";
	a.eab_kid = kid;
	a.eab_single_use = single_use;
	assert_outcome(b, wanted, store_account_create(b->store, bench_ask(b), &a));
}

/* RFC 8555 §7.3.4, ca.md 5.17. */
static void test_eab(void **state)
{
	struct bench *b = *state;

	add_eab(b, "k1", 0);
	add_eab(b, "k2", NOON + 10);
	bind_to(b, "t1", "k1", true, STORE_DONE);
	int64_t id = b->answer.accounts[0].id;

	assert_string_equal(b->answer.accounts[0].eab, "{\"protected\":\"\"}");
	assert_outcome(b, STORE_DONE, store_eab_by_kid(b->store, bench_ask(b), "k1"));
	assert_int_equal(b->answer.eabs[0].account_id, id);
	assert_string_equal(b->answer.eabs[0].mac_key, "bWFj");
	assert_string_equal(b->answer.eabs[0].note, "of a test");
	bind_to(b, "t2", "k1", true, STORE_CONFLICT);
	bind_to(b, "t2", "k1", false, STORE_DONE);
	bind_to(b, "t3", "unknown", false, STORE_CONFLICT);
	bench_set_now(NOON + 10);
	bind_to(b, "t3", "k2", false, STORE_CONFLICT);
	bench_set_now(NOON + 9);
	bind_to(b, "t3", "k2", false, STORE_DONE);
	bench_set_now(NOON);
	assert_outcome(b, STORE_DONE, store_eab_revoke(b->store, bench_ask(b), "k2"));
	assert_true(b->answer.eabs[0].revoked);
	assert_outcome(b, STORE_EXISTED, store_eab_revoke(b->store, bench_ask(b), "k2"));
	assert_outcome(b, STORE_NOT_FOUND, store_eab_revoke(b->store, bench_ask(b), "k3"));
	assert_outcome(b, STORE_NOT_FOUND, store_eab_by_kid(b->store, bench_ask(b), "k3"));
	bind_to(b, "t4", "k2", false, STORE_CONFLICT);
	assert_outcome(b, STORE_NOT_FOUND,
		       store_account_by_thumbprint(b->store, bench_ask(b), "t4"));
}

/* Two accounts race for a key that binds once. */
static void test_eab_race(void **state)
{
	struct bench *b = *state;
	struct store_account_new a = new_account("t1");

	add_eab(b, "k1", 0);
	a.eab_kid = "k1";
	a.eab_single_use = true;
	store_account_create(b->store, bench_ask(b), &a);
	a.thumbprint = "t2";
	store_account_create(b->store, bench_ask(b), &a);
	bench_wait(b, 2);
	assert_int_equal(b->answer.outcome, STORE_CONFLICT);
}

static void test_eab_list(void **state)
{
	struct bench *b = *state;

	add_eab(b, "k2", 0);
	add_eab(b, "k3", 0);
	add_eab(b, "k1", 0);
	assert_outcome(b, STORE_DONE, store_eabs(b->store, bench_ask(b), NULL, 2));
	assert_int_equal(b->answer.eab_count, 2);
	assert_string_equal(b->answer.eabs[1].kid, "k2");
	assert_outcome(b, STORE_DONE, store_eabs(b->store, bench_ask(b), "k2", 2));
	assert_int_equal(b->answer.eab_count, 1);
	assert_string_equal(b->answer.eabs[0].kid, "k3");
}

static void test_blocked_keys(void **state)
{
	struct bench *b = *state;
	unsigned char spki[32] = { 1, 0, 2 };

	assert_outcome(b, STORE_NOT_FOUND, store_key_blocked(b->store, bench_ask(b), spki));
	assert_outcome(b, STORE_DONE, store_key_block(b->store, bench_ask(b), spki, NOON));
	assert_outcome(b, STORE_EXISTED, store_key_block(b->store, bench_ask(b), spki, NOON));
	assert_outcome(b, STORE_DONE, store_key_blocked(b->store, bench_ask(b), spki));
	spki[31] = 1;
	assert_outcome(b, STORE_NOT_FOUND, store_key_blocked(b->store, bench_ask(b), spki));
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_create),   BENCH_TEST(test_read),         BENCH_TEST(test_contacts),
	BENCH_TEST(test_end),      BENCH_TEST(test_rekey),        BENCH_TEST(test_rekey_race),
	BENCH_TEST(test_list),     BENCH_TEST(test_eab),          BENCH_TEST(test_eab_race),
	BENCH_TEST(test_eab_list), BENCH_TEST(test_blocked_keys),
};

const struct suite suite_accounts = { "accounts", tests, ARRAY_LEN(tests) };
