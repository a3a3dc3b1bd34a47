#include "check.h"

#include "base/limits.h"
#include "ca/store/pace.h"

static void test_quick_store(void **state)
{
	struct pace p = pace_first();

	(void)state;
	pace_learn(&p, 1);
	assert_int_equal(p.limit, LIMIT_STORE_PURGE);
	assert_int_equal(p.pause_ms, LIMIT_STORE_PURGE_PAUSE_MS);
}

/* Others wait for less at a time, and have three quarters of the time. */
static void test_slow_store(void **state)
{
	struct pace p = pace_first();

	(void)state;
	pace_learn(&p, 4000);
	assert_int_equal(p.limit, LIMIT_STORE_PURGE / 2);
	assert_int_equal(p.pause_ms, 12000);
	for (int i = 0; i < 10; i++)
		pace_learn(&p, LIMIT_STORE_PURGE_MS + 1);
	assert_int_equal(p.limit, LIMIT_STORE_PURGE_LEAST);
	for (int i = 0; i < 10; i++)
		pace_learn(&p, LIMIT_STORE_PURGE_MS);
	assert_int_equal(p.limit, LIMIT_STORE_PURGE);
	assert_int_equal(p.pause_ms, 3 * LIMIT_STORE_PURGE_MS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quick_store),
		cmocka_unit_test(test_slow_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
