#include "base/shell.h"

#include "check.h"

static void words_are_quoted_where_they_need_it(void **state)
{
	static const struct {
		const char *word, *wanted;
	} rows[] = {
		{ "www.example.com", "www.example.com" },
		{ "/etc/letsencrypt/live/a_b-0001", "/etc/letsencrypt/live/a_b-0001" },
		{ "x $host", "'x $host'" },
		{ "it's", "'it'\\''s'" },
		{ "a;b", "'a;b'" },
		{ "b\xc3\xbc", "'b\xc3\xbc'" },
		{ "~a", "'~a'" },
		{ "", "''" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *word = shell_word(rows[i].word);

		assert_string_equal(word, rows[i].wanted);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_quoted_where_they_need_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
