#include "check.h"

#include "ca/policy/incidents.h"

static void test_finds_what_is_named(void **state)
{
	(void)state;
	AUTO(incidents_free) struct incidents *i = NULL;

	assert_done(incidents_parse(&i, "# why: https://ca.example.org/17\n"
					"0aff  https://ca.example.org/17\r\n"
					"\n"
					"  00B1\thttps://ca.example.org/18  \n"
					"ff https://ca.example.org/19"));
	assert_string_equal(incidents_url(i, "0aff"), "https://ca.example.org/17");
	assert_string_equal(incidents_url(i, "00b1"), "https://ca.example.org/18");
	assert_string_equal(incidents_url(i, "ff"), "https://ca.example.org/19");
	assert_null(incidents_url(i, "af"));
	assert_null(incidents_url(NULL, "ff"));
}

static const char *const bad[] = {
	"0aff",
	"0aff https://a https://b",
	"xyz https://ca.example.org/",
	"00112233445566778899aabbccddeeff0011223344 https://ca.example.org/",
};

static void test_refuses_the_rest(void **state)
{
	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(bad); n++) {
		AUTO(incidents_free) struct incidents *i = NULL;
		AUTO(free) char *text = str_fmt("00 https://a\n%s\n", bad[n]);
		AUTO(err_free) struct err *e = incidents_parse(&i, text);

		assert_non_null(e);
		assert_non_null(strstr(e->msg, "line 2"));
		assert_null(i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_is_named),
		cmocka_unit_test(test_refuses_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
