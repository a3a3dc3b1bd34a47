#include "check.h"

#include "base/rand.h"
#include "base/secret.h"

/* Gives the given numbers one after the other. */
struct scripted {
	struct rand_source source;
	const uint64_t *numbers;
	size_t *next;
};

static void scripted_bytes(const struct rand_source *r, void *out, size_t len)
{
	const struct scripted *s = (const struct scripted *)(const void *)r;

	assert_int_equal(len, sizeof(uint64_t));
	memcpy(out, &s->numbers[(*s->next)++], len);
}

static void test_below_rejects_what_would_bias(void **state)
{
	/* 2^64 = 5 * k + 1: the last value has no full row of five */
	const uint64_t numbers[] = { UINT64_MAX, UINT64_MAX - 1, 7 };
	size_t next = 0;
	struct scripted s = { .source = { scripted_bytes }, .numbers = numbers, .next = &next };

	(void)state;
	assert_int_equal(rand_below(&s.source, 5), (UINT64_MAX - 1) % 5);
	assert_int_equal(next, 2);
	assert_int_equal(rand_below(&s.source, 1), 0);
}

static void test_below_power_of_two_takes_everything(void **state)
{
	const uint64_t numbers[] = { UINT64_MAX };
	size_t next = 0;
	struct scripted s = { .source = { scripted_bytes }, .numbers = numbers, .next = &next };

	(void)state;
	assert_int_equal(rand_below(&s.source, 8), 7);
}

static void test_system_random(void **state)
{
	unsigned char a[32] = { 0 };
	unsigned char b[32] = { 0 };
	bool seen[6] = { false };

	(void)state;
	system_random.bytes(&system_random, a, sizeof(a));
	system_random.bytes(&system_random, b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	for (int i = 0; i < 500; i++) {
		uint64_t n = rand_below(&system_random, 6);

		assert_true(n < 6);
		seen[n] = true;
	}
	for (size_t i = 0; i < ARRAY_LEN(seen); i++)
		assert_true(seen[i]);
}

static void test_secret(void **state)
{
	AUTO(secret_release) struct secret s = { 0 };

	(void)state;
	secret_set(&s, "abc", 3);
	secret_set(&s, s.data + 1, 2); /* of itself */
	assert_int_equal(s.len, 2);
	assert_memory_equal(s.data, "bc", 2);
	secret_release(&s);
	assert_null(s.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_below_rejects_what_would_bias),
		cmocka_unit_test(test_below_power_of_two_takes_everything),
		cmocka_unit_test(test_system_random),
		cmocka_unit_test(test_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
