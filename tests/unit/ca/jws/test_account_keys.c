#include "check.h"

#include "ca/jws/account_keys.h"
#include "pki/key.h"

enum { MAX = 4, SECONDS = 60 };

static int64_t now_ms;

static int64_t virtual_ms(const struct clock *c)
{
	(void)c;
	return now_ms;
}

static const struct clock virtual_clock = { .monotonic_ms = virtual_ms };
static const struct world world = { .clock = &virtual_clock };

static void put(struct account_keys *c, int64_t id, enum account_status status)
{
	AUTO(account_key_release) struct account_key k = { .account_id = id, .status = status };

	assert_done(key_generate(&k.key, "secp256r1", 0));
	assert_done(verifying_new(&k.verifying, k.key));
	k.thumbprint = str_fmt("thumbprint %lld", (long long)id);
	account_keys_put(c, &k, account_keys_age(c));
}

static bool knows(struct account_keys *c, int64_t id)
{
	AUTO(account_key_release) struct account_key k = { 0 };
	AUTO(free) char *thumbprint = str_fmt("thumbprint %lld", (long long)id);

	if (!account_keys_get(c, id, &k))
		return false;
	assert_int_equal(k.account_id, id);
	assert_non_null(k.key);
	assert_non_null(k.verifying);
	assert_string_equal(k.thumbprint, thumbprint);
	return true;
}

static void test_kept_and_forgotten(void **state)
{
	AUTO(account_keys_free) struct account_keys *c = account_keys_new(&world, MAX, SECONDS);

	(void)state;
	assert_false(knows(c, 1));
	put(c, 1, ACCOUNT_VALID);
	put(c, 2, ACCOUNT_VALID);
	assert_true(knows(c, 1));
	assert_true(knows(c, 2));
	account_keys_forget(c, 1);
	account_keys_forget(c, 7);
	assert_false(knows(c, 1));
	assert_true(knows(c, 2));
}

static void test_replaced(void **state)
{
	AUTO(account_keys_free) struct account_keys *c = account_keys_new(&world, MAX, SECONDS);
	AUTO(account_key_release) struct account_key k = { 0 };

	(void)state;
	put(c, 1, ACCOUNT_VALID);
	put(c, 1, ACCOUNT_DEACTIVATED);
	assert_true(account_keys_get(c, 1, &k));
	assert_int_equal(k.status, ACCOUNT_DEACTIVATED);
}

/* The one that was quiet longest goes, also when ids share a place. */
static void test_bounded(void **state)
{
	AUTO(account_keys_free) struct account_keys *c = account_keys_new(&world, MAX, SECONDS);

	(void)state;
	for (int64_t id = 1; id <= MAX; id++)
		put(c, id * MAX, ACCOUNT_VALID);
	assert_true(knows(c, MAX));
	put(c, 99, ACCOUNT_VALID);
	assert_true(knows(c, MAX));
	assert_false(knows(c, 2 * MAX));
	assert_true(knows(c, 3 * MAX));
	assert_true(knows(c, 99));
}

static void test_lifetime(void **state)
{
	AUTO(account_keys_free) struct account_keys *c = account_keys_new(&world, MAX, SECONDS);

	(void)state;
	put(c, 1, ACCOUNT_VALID);
	now_ms += SECONDS * 1000 - 1;
	assert_true(knows(c, 1));
	now_ms++;
	assert_false(knows(c, 1));
}

/* An account that was read before it changed is not remembered as it was. */
static void test_late(void **state)
{
	AUTO(account_keys_free) struct account_keys *c = account_keys_new(&world, MAX, SECONDS);
	AUTO(account_key_release) struct account_key k = { .account_id = 1 };

	(void)state;
	assert_done(key_generate(&k.key, "secp256r1", 0));
	assert_done(verifying_new(&k.verifying, k.key));
	k.thumbprint = xstrdup("thumbprint 1");
	uint64_t age = account_keys_age(c);

	account_keys_forget(c, 1);
	account_keys_put(c, &k, age);
	assert_false(knows(c, 1));
	account_keys_put(c, &k, account_keys_age(c));
	assert_true(knows(c, 1));
}

/* What may have changed in the store is read again, the key is not. */
static void test_recalled(void **state)
{
	AUTO(account_keys_free) struct account_keys *c = account_keys_new(&world, MAX, SECONDS);
	AUTO(account_key_release) struct account_key before = { 0 };
	AUTO(account_key_release) struct account_key k = { 0 };

	(void)state;
	put(c, 1, ACCOUNT_VALID);
	assert_true(account_keys_get(c, 1, &before));
	now_ms += SECONDS * 1000;
	assert_false(knows(c, 1));
	assert_false(account_keys_recall(c, 1, "thumbprint 2", &k));
	assert_false(account_keys_recall(c, 2, "thumbprint 1", &k));
	assert_true(account_keys_recall(c, 1, "thumbprint 1", &k));
	assert_ptr_equal(k.key, before.key);
	assert_ptr_equal(k.verifying, before.verifying);
	assert_string_equal(k.thumbprint, "thumbprint 1");
	account_keys_forget(c, 1);
	assert_false(account_keys_recall(c, 1, "thumbprint 1", &k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_and_forgotten),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_lifetime),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_recalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
