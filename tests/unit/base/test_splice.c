#include "base/splice.h"
#include "check.h"

static const char text[] = "one two three";

static void assert_edited(struct splices *s, const char *wanted)
{
	AUTO(free) char *out = NULL;
	size_t len = 0;

	assert_done(splices_apply(&out, &len, s, text, strlen(text)));
	assert_int_equal(len, strlen(wanted));
	assert_string_equal(out, wanted);
}

static void no_edit_changes_nothing(void **state)
{
	AUTO(splices_release) struct splices s = { 0 };

	(void)state;
	assert_edited(&s, text);
}

static void ranges_are_of_the_old_text_in_any_order(void **state)
{
	AUTO(splices_release) struct splices s = { 0 };

	(void)state;
	splices_replace(&s, 8, 13, "3");
	splices_replace(&s, 0, 3, "first");
	splices_replace(&s, 3, 7, "");
	splices_insert(&s, 13, "!");
	assert_edited(&s, "first 3!");
}

static void insertions_at_one_place_keep_their_order(void **state)
{
	AUTO(splices_release) struct splices s = { 0 };

	(void)state;
	splices_replace(&s, 4, 7, "2");
	splices_insert(&s, 4, "a");
	splices_insert(&s, 4, "b");
	assert_edited(&s, "one ab2 three");
}

static void what_does_not_fit_is_refused(void **state)
{
	static const size_t ranges[][2] = { { 5, 8 }, { 0, 5 }, { 13, 14 }, { 14, 14 }, { 9, 8 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		AUTO(splices_release) struct splices s = { 0 };
		AUTO(free) char *out = NULL;
		size_t len = 0;

		splices_replace(&s, 4, 7, "2");
		splices_replace(&s, ranges[i][0], ranges[i][1], "x");
		assert_refused(splices_apply(&out, &len, &s, text, strlen(text)), ERR_INTERNAL,
			       "does not fit");
		assert_null(out);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_edit_changes_nothing),
		cmocka_unit_test(ranges_are_of_the_old_text_in_any_order),
		cmocka_unit_test(insertions_at_one_place_keep_their_order),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
