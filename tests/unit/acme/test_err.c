/* What a caller of libacme can learn from an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/acme.h"
#include "base/err.h"
#include "base/str.h"

static struct err *problem(const char *type, const char *name)
{
	struct err *e = err_new(ERR_PROBLEM, "%s: no (%s)", name, type);

	e->urn = str_fmt("urn:ietf:params:acme:error:%s", type);
	e->detail = xstrdup("no");
	e->identifier = xstrdup(name);
	e->http_status = 403;
	e->retry_after_s = 60;
	return e;
}

static void the_innermost_problem_counts(void **state)
{
	AUTO(err_free)
	struct err *e = err_wrap(err_wrap(problem("caa", "a.test"), "new order"), "ordering");
	AUTO(free) char *text = acme_err_text(e);

	(void)state;
	assert_string_equal(text, "ordering: new order: a.test: no (caa)");
	assert_string_equal(acme_err_type(e), "caa");
	assert_string_equal(acme_err_urn(e), "urn:ietf:params:acme:error:caa");
	assert_string_equal(acme_err_detail(e), "no");
	assert_string_equal(acme_err_identifier(e), "a.test");
	assert_int_equal(acme_err_http_status(e), 403);
	assert_int_equal(acme_err_retry_after(e), 60);
	assert_int_equal(acme_err_subproblem_count(e), 0);
}

static void subproblems_are_in_the_text(void **state)
{
	struct err *all = err_new(ERR_CHALLENGE, "could not prove control of a.test and b.test");
	AUTO(err_free) struct err *e = err_wrap(all, "proving");

	(void)state;
	err_add_subproblem(all, problem("dns", "a.test"));
	assert_string_equal(acme_err_type(e), "dns"); /* a lone one stands for the whole */
	err_add_subproblem(all, problem("tls", "b.test"));
	assert_null(acme_err_type(e));
	AUTO(free) char *text = acme_err_text(e);
	assert_string_equal(text, "proving: could not prove control of a.test and b.test "
				  "[a.test: no (dns); b.test: no (tls)]");
	assert_int_equal(acme_err_subproblem_count(e), 2);
	assert_string_equal(acme_err_type(acme_err_subproblem(e, 1)), "tls");
	assert_null(acme_err_subproblem(e, 2));
}

static void other_errors_have_no_problem(void **state)
{
	AUTO(err_free) struct err *e = err_new(ERR_NETWORK, "connection refused");

	(void)state;
	assert_null(acme_err_type(e));
	assert_null(acme_err_urn(e));
	assert_null(acme_err_detail(e));
	assert_null(acme_err_identifier(e));
	assert_int_equal(acme_err_http_status(e), 0);
	assert_int_equal(acme_err_retry_after(e), 0);
	assert_null(acme_err_subproblem(e, 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_innermost_problem_counts),
		cmocka_unit_test(subproblems_are_in_the_text),
		cmocka_unit_test(other_errors_have_no_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
