#include "base/kept.h"

#include "check.h"

/* ok: as a value, as a command, as an item of a list. */
static void test_what_can_be_kept(void **state)
{
	static const struct {
		const char *text;
		bool ok[3];
	} rows[] = {
		{ "", { true, true, true } },
		{ "a", { true, true, true } },
		{ " a ", { true, true, true } },
		{ "a, b", { true, true, true } },
		{ "100% (all) # 's", { true, true, true } },
		{ "\"a\", and 'b'", { true, true, false } },
		{ "'''", { true, true, true } },
		{ "\"\"\"", { true, true, true } },
		{ "a''' \"\"\"b", { false, false, false } },
		{ "b\xc3\xbc", { true, true, true } },
		{ "b\xfc", { false, false, false } },
		{ "\xc3", { false, false, false } },
		{ "%(a)s", { false, false, false } },
		{ "a %(b %()s", { false, false, false } },
		{ "%(a)d %(", { true, true, true } },
		{ "a\nb", { false, true, false } },
		{ "a\tb", { false, true, false } },
		{ "a\x1b[m", { false, true, false } },
		{ "a\x7f", { false, true, false } },
		{ "a\xc2\x9b", { false, true, false } },
	};
	static struct err *(*const checks[])(const char *) = {
		kept_check,
		kept_check_command,
		kept_check_item,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t n = 0; n < ARRAY_LEN(checks); n++) {
			AUTO(err_free) struct err *e = checks[n](rows[i].text);

			if ((e == NULL) != rows[i].ok[n])
				fail_msg("'%s', check %zu: %s", rows[i].text, n,
					 e != NULL ? e->msg : "taken");
			if (e != NULL)
				assert_int_equal(e->code, ERR_USAGE);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_can_be_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
