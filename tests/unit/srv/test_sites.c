#include "check.h"

#include "srv/sites.h"

static void test_what_a_wildcard_covers(void **state)
{
	static const struct {
		const char *name;
		bool covered;
	} cases[] = {
		{ "x.a.test", true },      { "X.A.TEST", true },
		{ "*.a.test", true },      { "a.test", false },
		{ "y.x.a.test", false },   { ".a.test", false },
		{ "x.b.test", false },     { "x?.a.test", false },
		{ "*x.a.test", false },    { "~^x.a.test", false },
		{ "$host.a.test", false }, { "xa.test", false },
		{ "x-1.a.test", true },    { "", false },
		{ "x.a.test.", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (wildcard_covers("*.a.test", cases[i].name) != cases[i].covered)
			fail_msg("%s", cases[i].name);
}

static void test_those_that_speak_tls(void **state)
{
	AUTO(sites_release) struct sites l = { 0 };
	int hosts[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct site *s = sites_get(&l, &hosts[i]);

		s->tls = i != 1;
		s->shown = str_fmt("%zu", i);
		strlist_add(&s->names, "x.a.test");
	}
	assert_ptr_equal(sites_get(&l, &hosts[2]), &l.items[2]);
	sites_keep_tls(&l);
	assert_int_equal(l.count, 2);
	assert_string_equal(l.items[0].shown, "0");
	assert_string_equal(l.items[1].shown, "2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_wildcard_covers),
		cmocka_unit_test(test_those_that_speak_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
