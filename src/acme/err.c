#include "acme/err.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

/* The problem document in e; of a lone failed identifier, its own. */
static const struct err *problem_of(const struct err *e)
{
	const struct err *problem = e != NULL ? err_problem(e) : NULL;

	for (; problem == NULL && e != NULL; e = e->cause)
		if (e->subproblem_count == 1)
			return err_problem(e->subproblems[0]);
	return problem;
}

static void add_subproblems(const struct err *e, struct buf *out)
{
	for (size_t i = 0; i < e->subproblem_count; i++) {
		buf_adds(out, i == 0 ? " [" : "; ");
		err_format(e->subproblems[i], out);
	}
	if (e->subproblem_count > 0)
		buf_adds(out, "]");
}

char *acme_err_text(const struct err *e)
{
	struct buf b = BUF_INIT(LIMIT_ERROR_TEXT);

	err_format(e, &b);
	for (; e != NULL; e = e->cause)
		add_subproblems(e, &b);
	return buf_detach(&b);
}

const char *acme_err_type(const struct err *e)
{
	const struct err *problem = problem_of(e);

	return problem != NULL ? err_type(problem) : NULL;
}

const char *acme_err_urn(const struct err *e)
{
	const struct err *problem = problem_of(e);

	return problem != NULL ? problem->urn : NULL;
}

const char *acme_err_detail(const struct err *e)
{
	const struct err *problem = problem_of(e);

	return problem != NULL ? problem->detail : NULL;
}

const char *acme_err_identifier(const struct err *e)
{
	const struct err *problem = problem_of(e);

	return problem != NULL ? problem->identifier : NULL;
}

int acme_err_http_status(const struct err *e)
{
	for (; e != NULL; e = e->cause)
		if (e->http_status != 0)
			return e->http_status;
	return 0;
}

unsigned acme_err_retry_after(const struct err *e)
{
	for (; e != NULL; e = e->cause)
		if (e->retry_after_s != 0)
			return e->retry_after_s;
	return 0;
}

/* The first level that has any. */
static const struct err *with_subproblems(const struct err *e)
{
	while (e != NULL && e->subproblem_count == 0)
		e = e->cause;
	return e;
}

size_t acme_err_subproblem_count(const struct err *e)
{
	const struct err *owner = with_subproblems(e);

	return owner != NULL ? owner->subproblem_count : 0;
}

const struct err *acme_err_subproblem(const struct err *e, size_t i)
{
	const struct err *owner = with_subproblems(e);

	return owner != NULL && i < owner->subproblem_count ? owner->subproblems[i] : NULL;
}

void acme_err_free(struct err *e)
{
	err_free(e);
}
