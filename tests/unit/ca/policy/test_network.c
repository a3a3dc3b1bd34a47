#include "check.h"

#include "ca/policy/network.h"

static const struct {
	const char *networks, *address;
	bool in;
} rows[] = {
	{ "10.0.0.0/8", "10.255.0.1", true },
	{ "10.0.0.0/8", "11.0.0.0", false },
	{ "10.0.0.0/8", "::ffff:10.0.0.1", false },
	{ "192.0.2.64/26", "192.0.2.127", true },
	{ "192.0.2.64/26", "192.0.2.128", false },
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "10.0.0.0/8,2001:db8::1", "2001:db8::1", true },
	{ "", "192.0.2.1", false },
	{ "10.0.0.0/8", "no address", false },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(networks_free) struct networks *n = NULL;
		AUTO(strlist_release) struct strlist list = { 0 };

		strlist_split(&list, rows[i].networks, ',');
		assert_done(networks_new(&n, &list));
		assert_int_equal(networks_have(n, rows[i].address), rows[i].in);
	}
}

static const char *const bad[] = {
	"10.0.0.1/8",  "10.0.0.0/33",    "10.0.0.0/",      "10.0.0.0/-1",  "/8",
	"example.org", "2001:db8::/129", "2001:db8::1/64", "10.0.0.0/8/8",
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(networks_free) struct networks *n = NULL;
		AUTO(strlist_release) struct strlist list = { 0 };

		strlist_add(&list, "192.0.2.0/24");
		strlist_add(&list, bad[i]);
		assert_refused(networks_new(&n, &list), ERR_CONFIG, bad[i]);
		assert_null(n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
