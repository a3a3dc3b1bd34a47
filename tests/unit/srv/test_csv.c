#include "srv/csv.h"

#include "check.h"

static void rows_are_pythons(void **state)
{
	static const char text[] = "a,b c,\"d,e\"\r\n\"say \"\"no\"\"\",\"two\nlines\"\nlast,";
	AUTO(strlist_release) struct strlist one = { 0 };
	AUTO(strlist_release) struct strlist two = { 0 };
	AUTO(strlist_release) struct strlist three = { 0 };
	AUTO(strlist_release) struct strlist four = { 0 };
	size_t at = 0;

	assert_true(csv_read_row(&one, text, &at));
	assert_true(csv_read_row(&two, text, &at));
	assert_true(csv_read_row(&three, text, &at));
	assert_false(csv_read_row(&four, text, &at));
	AUTO(free) char *a = strlist_join(&one, "|");
	AUTO(free) char *b = strlist_join(&two, "|");
	AUTO(free) char *c = strlist_join(&three, "|");

	assert_string_equal(a, "a|b c|d,e");
	assert_string_equal(b, "say \"no\"|two\nlines");
	assert_string_equal(c, "last|");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_pythons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
