/* store_conformance SUITE */
#include <stdio.h>

#include "place.h"
#include "plans.h"
#include "suites.h"

static const struct suite *const suites[] = {
	&suite_issue,  &suite_accounts, &suite_orders, &suite_authzs,  &suite_certs, &suite_mates,
	&suite_upkeep, &suite_standing, &suite_schema, &suite_trouble, &suite_files, &suite_server,
};

int bench_setup(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));

	bench_open(b);
	*state = b;
	return 0;
}

int bench_teardown(void **state)
{
	struct bench *b = *state;
	bool walks_later = bench_is_sqlite(); /* its statements are known when they are given up */
	AUTO(free) char *walking = walks_later ? NULL : plans_walking(b);

	bench_close(b);
	if (walks_later)
		walking = plans_walking(b);
	free(b);
	if (walking != NULL)
		fail_msg("a change or a read costs more the more is stored: %s", walking);
	return 0;
}

/* A name, or all that are of this backend. */
static bool is_wanted(const struct suite *s, const char *name)
{
	if (name != NULL)
		return streq(name, s->name);
	return s != (bench_is_sqlite() ? &suite_server : &suite_files);
}

int main(int argc, char **argv)
{
	int failed = 0, ran = 0;

	for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
		if (!is_wanted(suites[i], argc > 1 ? argv[1] : NULL))
			continue;
		failed += _cmocka_run_group_tests(suites[i]->name, suites[i]->tests,
						  suites[i]->count, NULL, NULL);
		ran++;
	}
	return ran > 0 && failed == 0 ? 0 : 1;
}
