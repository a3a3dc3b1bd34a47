#include "check.h"

#include "base/buf.h"

static void test_empty(void **state)
{
	AUTO(buf_release) struct buf b = { 0 };

	(void)state;
	assert_string_equal(buf_str(&b), "");
	assert_done(buf_check(&b, "x"));
	buf_consume(&b, 5);
	buf_reset(&b);
	AUTO(free) char *text = buf_detach(&b);

	assert_string_equal(text, "");
}

static void test_builds(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(1000);

	(void)state;
	buf_adds(&b, "one");
	buf_addc(&b, ' ');
	buf_addf(&b, "%d-%s", 2, "two");
	buf_add(&b, "\0x", 2);
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.data, "one 2-two\0x", 12);
	buf_consume(&b, 4);
	assert_memory_equal(b.data, "2-two\0x", 8);
	buf_truncate(&b, 100);
	buf_truncate(&b, 3);
	assert_memory_equal(b.data, "2-t", 4);
	assert_int_equal(b.len, 3);
	buf_consume(&b, 100);
	assert_int_equal(b.len, 0);
}

static void test_numbers(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(1000);

	(void)state;
	buf_addn(&b, 0);
	buf_addc(&b, ' ');
	buf_addn(&b, -10);
	buf_addc(&b, ' ');
	buf_addn(&b, INT64_MAX);
	buf_addc(&b, ' ');
	buf_addn(&b, INT64_MIN);
	assert_string_equal(buf_str(&b), "0 -10 9223372036854775807 -9223372036854775808");
}

static void test_ceiling_is_exact_and_sticky(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(4);

	(void)state;
	buf_adds(&b, "abcd");
	assert_done(buf_check(&b, "name"));
	buf_adds(&b, "");
	assert_done(buf_check(&b, "name"));
	buf_addc(&b, 'e');
	assert_string_equal(buf_str(&b), "abcd");
	assert_refused(buf_check(&b, "name"), ERR_LIMIT, "name is larger than 4 bytes");
	buf_consume(&b, 4);
	assert_refused(buf_check(&b, "name"), ERR_LIMIT, "name");
	buf_reset(&b);
	assert_done(buf_check(&b, "name"));
}

static void test_cuts_at_the_ceiling(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(5);

	(void)state;
	buf_addf(&b, "%s", "1234567890");
	assert_string_equal(buf_str(&b), "12345");
	assert_true(b.overflow);
}

static void test_detach_leaves_a_usable_buffer(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(10);

	(void)state;
	buf_adds(&b, "first");
	AUTO(free) char *first = buf_detach(&b);

	buf_adds(&b, "second");
	assert_string_equal(first, "first");
	assert_string_equal(buf_str(&b), "second");
	assert_int_equal(b.max, 10);
}

static void test_grows(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(100000);

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, (char)('a' + i % 26));
	assert_done(buf_check(&b, "x"));
	assert_int_equal(b.len, 100000);
	assert_int_equal(b.data[77777], 'a' + 77777 % 26);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_builds),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_ceiling_is_exact_and_sticky),
		cmocka_unit_test(test_cuts_at_the_ceiling),
		cmocka_unit_test(test_detach_leaves_a_usable_buffer),
		cmocka_unit_test(test_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
