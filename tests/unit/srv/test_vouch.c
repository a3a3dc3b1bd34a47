#include "pki/make.h"

#include "srv/vouch.h"

static void test_names_that_others_hold(void **state)
{
	static const struct {
		const char *name;
		bool held;
	} cases[] = {
		{ "a.test", true },    { "A.test", true },    { "x.w.test", true },
		{ "*.w.test", true },  { "w.test", false },   { "y.x.w.test", false },
		{ "x.a.test", false }, { "*.a.test", false }, { "", false },
	};
	char *names[] = { (char[]){ "a.test" }, (char[]){ "*.w.test" } };
	const struct strlist certified = { names, ARRAY_LEN(names) };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (names_hold(&certified, cases[i].name) != cases[i].held)
			fail_msg("%s", cases[i].name);
}

static void test_who_is_trusted_for_a_name(void **state)
{
	static const struct {
		const char *issuer, *name;
		long day;
		bool good;
	} cases[] = {
		{ "CA", "a.test", 1, true },      { "CA", "b.test", 1, false },
		{ "CA", "a.test", -1, false },    { "CA", "a.test", 91, false },
		{ "a.test", "a.test", 1, false },
	};
	EVP_PKEY *key = make_key("secp256r1");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(cert_free) struct cert *c = NULL;
		AUTO(free)
		char *pem = make_pem(&(struct recipe){ .subject_cn = "a.test",
						       .issuer_cn = cases[i].issuer,
						       .key = key,
						       .issuer_key = key,
						       .alt_names = "DNS:a.test",
						       .days = 90 });

		assert_done(cert_from_pem(&c, pem, strlen(pem)));
		if (cert_vouches(c, cases[i].name, NOON + cases[i].day * 86400) != cases[i].good)
			fail_msg("case %zu", i);
	}
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_that_others_hold),
		cmocka_unit_test(test_who_is_trusted_for_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
