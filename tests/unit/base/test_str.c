#include "check.h"

static void test_compare(void **state)
{
	(void)state;
	assert_true(streq("a", "a"));
	assert_false(streq("a", "A"));
	assert_false(streq("a", "ab"));
	assert_true(streq_nocase("aZ", "Az"));
	assert_true(str_starts("abc", "ab"));
	assert_true(str_starts("abc", ""));
	assert_false(str_starts("a", "ab"));
	assert_true(str_ends("abc", "bc"));
	assert_false(str_ends("c", "bc"));
	assert_true(mem_equal_secret("abc", "abd", 2));
	assert_false(mem_equal_secret("abc", "abd", 3));
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} rows[] = {
		{ "0", true, 0 },     { "80", true, 80 },
		{ "-5", true, -5 },   { "007", true, 7 },
		{ "100", true, 100 }, { "101", false, 0 },
		{ "-6", false, 0 },   { "", false, 0 },
		{ "-", false, 0 },    { "+1", false, 0 },
		{ " 1", false, 0 },   { "1 ", false, 0 },
		{ "1x", false, 0 },   { "0x10", false, 0 },
		{ "1e3", false, 0 },  { "99999999999999999999", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t n = 42;

		assert_int_equal(str_to_int(rows[i].text, -5, 100, &n), rows[i].ok);
		assert_int_equal(n, rows[i].ok ? rows[i].value : 42);
	}
}

static void test_trimmed_and_lower(void **state)
{
	AUTO(free) char *trimmed = str_trimmed("\t a b\r\n");
	AUTO(free) char *nothing = str_trimmed(" \v\f ");
	char text[] = "Az\xc3\x84[";

	(void)state;
	str_lower(text);
	assert_string_equal(trimmed, "a b");
	assert_string_equal(nothing, "");
	assert_string_equal(text, "az\xc3\x84[");
}

static void test_printable(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *shown;
	} rows[] = {
		{ "plain", 100, "plain" },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x92", 100,
		  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x92" },
		{ "a\x1b[31mb\n\x7f", 100, "a\\x1b[31mb\\x0a\\x7f" },
		{ "\xc2\x9b"
		  "31m",
		  100, "\\xc2\\x9b31m" },
		{ "\xff\xc3", 100, "\\xff\\xc3" },
		{ "\xc0\xaf", 100, "\\xc0\\xaf" },          /* overlong */
		{ "\xed\xa0\x80", 100, "\\xed\\xa0\\x80" }, /* surrogate */
		{ "\xf4\x90\x80\x80", 100, "\\xf4\\x90\\x80\\x80" },
		{ "\xe2\x82", 100, "\\xe2\\x82" },
		{ "\xe2\x80\xae"
		  "txt",
		  100, "\\xe2\\x80\\xaetxt" }, /* right to left */
		{ "\xe2\x80\x8b\xd8\x9c\xef\xbb\xbf\xe2\x81\xa6", 100,
		  "\\xe2\\x80\\x8b\\xd8\\x9c\\xef\\xbb\\xbf\\xe2\\x81\\xa6" },
		{ "\xe2\x80\xa6\xe2\x80\x94", 100,
		  "\xe2\x80\xa6\xe2\x80\x94" }, /* ellipsis, dash */
		{ "abcdef", 3, "abc..." },
		{ "abc", 3, "abc" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *shown = str_printable(rows[i].text, rows[i].max);

		assert_string_equal(shown, rows[i].shown);
	}
}

static void test_list_basics(void **state)
{
	AUTO(strlist_release) struct strlist l = { 0 };
	AUTO(strlist_release) struct strlist more = { 0 };

	(void)state;
	strlist_split(&l, " c, a ,,b,", ',');
	assert_int_equal(l.count, 3);
	assert_true(strlist_has(&l, "a"));
	assert_false(strlist_has(&l, ""));
	assert_false(strlist_add_unique(&l, "a"));
	assert_true(strlist_add_unique(&l, "d"));
	strlist_sort(&l);
	strlist_add_all(&more, &l);
	AUTO(free) char *joined = strlist_join(&more, "; ");

	assert_string_equal(joined, "a; b; c; d");
}

static void test_list_sets(void **state)
{
	static const struct {
		const char *a, *b;
		bool same, subset;
	} rows[] = {
		{ "a,b", "b,a", true, true },   { "a", "b,a", false, true },
		{ "a,c", "b,a", false, false }, { "", "", true, true },
		{ "", "a", false, true },       { "a", "", false, false },
		{ "a,b,a", "b,a", true, true }, { "a,a", "b,a", false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strlist_release) struct strlist a = { 0 };
		AUTO(strlist_release) struct strlist b = { 0 };

		strlist_split(&a, rows[i].a, ',');
		strlist_split(&b, rows[i].b, ',');
		assert_int_equal(strlist_same_set(&a, &b), rows[i].same);
		assert_int_equal(strlist_same(&a, &b), streq(rows[i].a, rows[i].b));
		assert_int_equal(strlist_subset(&a, &b), rows[i].subset);
	}
}

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		bool well_formed;
	} rows[] = {
		{ "", true },
		{ "plain\n", true },
		{ "M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x92\xa1", true },
		{ "M\xfcller", false },
		{ "cut \xc3", false },
		{ "\xc0\xaf", false },
		{ "\xed\xa0\x80", false },
		{ "\xff\xfe", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(str_is_utf8(rows[i].text), rows[i].well_formed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),     cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_printable),   cmocka_unit_test(test_trimmed_and_lower),
		cmocka_unit_test(test_utf8),        cmocka_unit_test(test_list_sets),
		cmocka_unit_test(test_list_basics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
