#include "check.h"

#include <errno.h>

#include "base/buf.h"
#include "base/limits.h"

static struct err *with_urn(const char *urn)
{
	struct err *e = err_new(ERR_PROBLEM, "the CA refused");

	e->urn = xstrdup(urn);
	return e;
}

static void test_chain_is_printed_outermost_first(void **state)
{
	AUTO(err_free)
	struct err *e = err_wrap(err_errno(ENOSPC, "writing %s", "/etc/x"), "saving");
	AUTO(free) char *text = err_text(e);

	(void)state;
	assert_string_equal(text, "saving: writing /etc/x: No space left on device");
	assert_int_equal(e->code, ERR_IO);
}

static void test_errno_codes(void **state)
{
	static const struct {
		int number;
		enum err_code code;
	} rows[] = { { EACCES, ERR_PERMISSION },
		     { EPERM, ERR_PERMISSION },
		     { EROFS, ERR_PERMISSION },
		     { ENOENT, ERR_IO },
		     { EIO, ERR_IO } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(err_free) struct err *e = err_errno(rows[i].number, "x");

		assert_int_equal(e->code, rows[i].code);
	}
}

static void test_wrapping_nothing_is_nothing(void **state)
{
	(void)state;
	assert_null(err_wrap(NULL, "x"));
	assert_null(err_wrap_as(ERR_USAGE, NULL, "x"));
}

static void test_codes_of_a_chain(void **state)
{
	AUTO(err_free)
	struct err *e = err_wrap_as(ERR_CONFIG, err_new(ERR_PARSE, "line 3"), "cli.ini");

	(void)state;
	assert_int_equal(e->code, ERR_CONFIG);
	assert_true(err_is(e, ERR_CONFIG));
	assert_true(err_is(e, ERR_PARSE));
	assert_false(err_is(e, ERR_IO));
	assert_false(err_is(NULL, ERR_IO));
}

static void test_problem_types(void **state)
{
	AUTO(err_free)
	struct err *e = err_wrap(with_urn("urn:ietf:params:acme:error:dns"), "validating");
	AUTO(err_free) struct err *foreign = with_urn("urn:example:dns");
	AUTO(err_free) struct err *none = err_new(ERR_IO, "x");

	(void)state;
	assert_true(err_has_type(e, "dns"));
	assert_false(err_has_type(e, "caa"));
	assert_null(err_type(e));
	assert_string_equal(err_type(e->cause), "dns");
	assert_ptr_equal(err_problem(e), e->cause);
	assert_null(err_type(foreign));
	assert_false(err_has_type(foreign, "dns"));
	assert_null(err_problem(none));
}

static void test_subproblems_are_owned(void **state)
{
	AUTO(err_free) struct err *e = with_urn("urn:ietf:params:acme:error:compound");

	(void)state;
	for (size_t i = 0; i < 3; i++)
		err_add_subproblem(e, with_urn("urn:ietf:params:acme:error:caa"));
	assert_int_equal(e->subproblem_count, 3);
	assert_string_equal(err_type(e->subproblems[2]), "caa");
}

static void test_text_has_a_ceiling(void **state)
{
	AUTO(free) char *huge = xmalloc(2 * LIMIT_ERROR_TEXT);

	(void)state;
	memset(huge, 'a', 2 * LIMIT_ERROR_TEXT - 1);
	huge[2 * LIMIT_ERROR_TEXT - 1] = '\0';
	AUTO(err_free) struct err *e = err_new(ERR_PARSE, "%s", huge);
	AUTO(free) char *text = err_text(e);

	assert_int_equal(strlen(text), LIMIT_ERROR_TEXT);
}

static struct err *tries(bool fails, bool *went_on)
{
	TRY_WRAP(fails ? err_new(ERR_BUSY, "inner") : NULL, "outer %d", 1);
	*went_on = true;
	return NULL;
}

static void test_try_returns_early(void **state)
{
	bool went_on = false;

	(void)state;
	assert_refused(tries(true, &went_on), ERR_BUSY, "outer 1: inner");
	assert_false(went_on);
	assert_done(tries(false, &went_on));
	assert_true(went_on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_is_printed_outermost_first),
		cmocka_unit_test(test_errno_codes),
		cmocka_unit_test(test_wrapping_nothing_is_nothing),
		cmocka_unit_test(test_codes_of_a_chain),
		cmocka_unit_test(test_problem_types),
		cmocka_unit_test(test_subproblems_are_owned),
		cmocka_unit_test(test_text_has_a_ceiling),
		cmocka_unit_test(test_try_returns_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
