#include "check.h"
#include "plugins/nginx/server_name.h"

static const struct {
	const char *pattern, *name;
	enum fit_kind kind;
} fits[] = {
	{ "a.test", "a.test", FIT_EXACT },
	{ "A.Test", "a.test", FIT_EXACT },
	{ "a.test", "b.a.test", FIT_NONE },
	{ ".a.test", "a.test", FIT_EXACT },
	{ ".a.test", "c.b.a.test", FIT_HEAD },
	{ ".a.test", "ba.test", FIT_NONE },
	{ "*.a.test", "b.a.test", FIT_HEAD },
	{ "*.a.test", "c.b.a.test", FIT_HEAD },
	{ "*.a.test", "a.test", FIT_NONE },
	{ "*.A.test", "b.a.test", FIT_HEAD },
	{ "mail.*", "mail.a.test", FIT_TAIL },
	{ "mail.*", "mail", FIT_NONE },
	{ "mail.*", "email.a.test", FIT_NONE },
	{ "_", "a.test", FIT_NONE },
	{ "", "a.test", FIT_NONE },
	{ "~a", "a", FIT_NONE }, /* regexes are asked separately */
	{ "~a", "~a", FIT_NONE },
};

static void words_fit_as_nginx_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
		struct fit f = server_name_fit(fits[i].pattern, fits[i].name);

		if (f.kind != fits[i].kind)
			fail_msg("%s for %s is of kind %d", fits[i].pattern, fits[i].name,
				 (int)f.kind);
	}
}

/* From the best to the worst, all fit. */
static void the_order_is_nginx_s(void **state)
{
	static const char *const order[] = { "www.mail.a.test", "*.mail.a.test", "*.a.test",
					     ".test",           "www.mail.a.*",  "www.*" };

	(void)state;
	for (size_t i = 1; i < ARRAY_LEN(order); i++) {
		struct fit better = server_name_fit(order[i - 1], "www.mail.a.test");
		struct fit worse = server_name_fit(order[i], "www.mail.a.test");

		assert_true(worse.kind != FIT_NONE);
		assert_true(fit_is_better(&better, &worse));
		assert_false(fit_is_better(&worse, &better));
	}
}

static void regexes_are_pcre(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool fits;
	} cases[] = {
		{ "~^www\\d+\\.a\\.test$", "www12.a.test", true },
		{ "~^www\\d+\\.a\\.test$", "www.a.test", false },
		{ "~^(?<user>[^.]+)\\.A\\.test$", "joe.a.test", true },
		{ "~^(?!www)[a-z]{2}\\.", "de.a.test", true },
		{ "~a", "b.a.test", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool does = !cases[i].fits;

		assert_true(server_name_is_regex(cases[i].pattern));
		assert_done(server_name_regex_fits(&does, cases[i].pattern, cases[i].name));
		assert_int_equal(does, cases[i].fits);
	}
}

static void a_regex_that_is_none_is_told(void **state)
{
	bool does = false;

	(void)state;
	assert_refused(server_name_regex_fits(&does, "~^(a", "a"), ERR_CONFIG,
		       "server_name ~^(a: missing closing parenthesis");
}

/* Exponential for backtracking: given up. */
static void a_regex_comes_to_an_end(void **state)
{
	bool does = true;

	(void)state;
	assert_done(server_name_regex_fits(&does, "~^(([a-z])+.)+[A-Z]([a-z])+$",
					   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.1"));
	assert_false(does);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_fit_as_nginx_says),
		cmocka_unit_test(the_order_is_nginx_s),
		cmocka_unit_test(regexes_are_pcre),
		cmocka_unit_test(a_regex_that_is_none_is_told),
		cmocka_unit_test(a_regex_comes_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
