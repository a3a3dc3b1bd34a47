#include "check.h"

#include "ca/policy/profiles.h"

static struct profile_config profiles[] = {
	{ .name = (char[]){ "classic" }, .max_names = 3, .dns = true, .order_s = 7 * 86400 },
	{ .name = (char[]){ "short" }, .max_names = 2, .dns = true, .ip = true, .order_s = 28800 },
};

static struct ca_config config = { .profiles = profiles, .profile_count = ARRAY_LEN(profiles) };
static const struct policy policy = { .config = &config };

static void test_choose(void **state)
{
	const struct profile_config *found = NULL;

	(void)state;
	assert_done(profile_choose(&found, &policy, NULL));
	assert_string_equal(found->name, "classic");
	assert_done(profile_choose(&found, &policy, "short"));
	assert_string_equal(found->name, "short");
	assert_refused(profile_choose(&found, &policy, "SHORT"), ERR_PROBLEM, "invalidProfile");
	assert_refused(profile_choose(&found, &policy, ""), ERR_PROBLEM, "invalidProfile");
	config.directory.default_profile = (char[]){ "short" };
	assert_done(profile_choose(&found, &policy, NULL));
	assert_string_equal(found->name, "short");
	config.directory.default_profile = NULL;
}

static void test_check(void **state)
{
	AUTO(idents_release) struct idents l = { 0 };
	struct profile_config few = profiles[0];

	(void)state;
	idents_add(&l, IDENT_DNS, "a.example.com");
	idents_add(&l, IDENT_DNS, "b.example.com");
	assert_done(profile_check(&profiles[0], 1, &l));
	strlist_add(&few.accounts, "12");
	assert_refused(profile_check(&few, 1, &l), ERR_PROBLEM, "unauthorized");
	assert_done(profile_check(&few, 12, &l));
	strlist_release(&few.accounts);
	idents_add(&l, IDENT_IP, "192.0.2.1");
	assert_refused(profile_check(&profiles[0], 1, &l), ERR_PROBLEM, "rejectedIdentifier");
	assert_refused(profile_check(&profiles[1], 1, &l), ERR_PROBLEM,
		       "more than 2 identifiers (profile \"short\") (malformed)");
}

/* ca.md 5.6: later than max(1 h, min(24 h, lifetime of an order / 8)) */
static void test_reuse(void **state)
{
	(void)state;
	assert_int_equal(profile_reuse_after(&profiles[0], 1000), 1000 + 75600);
	assert_int_equal(profile_reuse_after(&profiles[1], 1000), 1000 + 3600);
	assert_int_equal(profile_reuse_after(&(struct profile_config){ .order_s = 30 * 86400 }, 0),
			 86400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_reuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
