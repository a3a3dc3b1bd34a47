#include "check.h"

#include "dns/psl.h"

static const struct {
	const char *name, *suffix, *registered;
} rows[] = {
	{ "example.com", "com", "example.com" },
	{ "www.example.com", "com", "example.com" },
	{ "com", "com", "com" },
	{ "co.uk", "co.uk", "co.uk" },
	{ "a.b.example.co.uk", "co.uk", "example.co.uk" },
	{ "github.io", "io", "github.io" }, /* private section */
	{ "me.github.io", "io", "github.io" },
	{ "x.foo.ck", "foo.ck", "x.foo.ck" }, /* *.ck */
	{ "www.ck", "ck", "www.ck" },         /* !www.ck */
	{ "xn--85x722f.com.cn", "com.cn", "xn--85x722f.com.cn" },
	{ "example.xn--p1ai", "xn--p1ai", "example.xn--p1ai" },
	{ "host.internal", NULL, "host.internal" },
	{ "a.host.internal", NULL, "host.internal" },
	{ "localhost", NULL, "localhost" },
	{ "example.test", NULL, "example.test" },
	{ "a.x.onion", NULL, "x.onion" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *suffix = psl_icann_suffix(rows[i].name);

		if (suffix == NULL || rows[i].suffix == NULL)
			assert_ptr_equal(suffix, rows[i].suffix);
		else
			assert_string_equal(suffix, rows[i].suffix);
		assert_string_equal(psl_registered_domain(rows[i].name), rows[i].registered);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
