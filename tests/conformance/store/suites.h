/* The suites of the store's conformance: each test gets an empty database as *state, a struct bench. */
#pragma once

#include "bench.h"

struct suite {
	const char *name;
	const struct CMUnitTest *tests;
	size_t count;
};

int bench_setup(void **state);
int bench_teardown(void **state);

#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

extern const struct suite suite_issue, suite_accounts, suite_orders, suite_authzs, suite_certs,
	suite_mates, suite_upkeep, suite_standing, suite_schema, suite_trouble, suite_files,
	suite_server;
