/* How many perspectives must agree (ca.md 4). */
#include "check.h"

#include "va/quorum.h"

static const struct {
	size_t count, allowed;
} table[] = { { 1, 0 }, { 2, 1 }, { 3, 1 }, { 5, 1 }, { 6, 2 }, { 20, 2 } };

static void as_many_may_fail_as_the_rules_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct quorum q;

		quorum_init(&q, table[i].count, -1);
		assert_int_equal(q.allowed, table[i].allowed);
		for (size_t k = 0; k < table[i].allowed; k++)
			quorum_hear(&q, false, NULL);
		assert_false(quorum_is_clear(&q));
		quorum_hear(&q, false, NULL);
		assert_true(quorum_is_clear(&q));
	}
	assert_false(quorum_is_possible(2, -1));
	assert_true(quorum_is_possible(3, -1));
	assert_true(quorum_is_possible(1, 0));
}

static void two_regions_must_agree(void **state)
{
	(void)state;
	struct quorum q;

	quorum_init(&q, 3, -1);
	quorum_expect(&q, "RIPE");
	quorum_hear(&q, true, "RIPE");
	quorum_hear(&q, true, "RIPE");
	assert_false(quorum_is_clear(&q));
	assert_false(quorum_spans_regions(&q));
	quorum_hear(&q, true, "APNIC");
	assert_true(quorum_is_clear(&q));
	AUTO(json_release) json_t *names = quorum_regions(&q);
	AUTO(free) char *text = json_compact(names);

	assert_string_equal(text, "[\"RIPE\",\"APNIC\"]");
	assert_true(quorum_knows_region("LACNIC") && !quorum_knows_region("Mars"));
}

static void an_operator_may_decide_otherwise(void **state)
{
	(void)state;
	struct quorum q;

	quorum_init(&q, 2, 0);
	quorum_expect(&q, "RIPE");
	quorum_hear(&q, true, "RIPE");
	assert_false(quorum_is_clear(&q));
	quorum_hear(&q, true, "RIPE");
	assert_true(quorum_is_clear(&q));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_may_fail_as_the_rules_say),
		cmocka_unit_test(two_regions_must_agree),
		cmocka_unit_test(an_operator_may_decide_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
