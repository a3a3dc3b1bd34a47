#include "client/auth/failure.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "srv/log_quote.h"

static const char *type_of(const struct err *e)
{
	const struct err *problem = err_problem(e);
	const char *type = problem != NULL ? err_type(problem) : NULL;

	return type != NULL ? type : "unknown";
}

static const char *detail_of(const struct err *e)
{
	const struct err *problem = err_problem(e);

	return problem != NULL && problem->detail != NULL ? problem->detail : e->msg;
}

static int by_type(const void *a, const void *b)
{
	return strcmp(type_of(*(const struct err *const *)a),
		      type_of(*(const struct err *const *)b));
}

static void add_name(struct buf *b, const struct err *e)
{
	buf_addf(b, "\n  Identifier: %s\n  Type:   %s\n  Detail: %s\n",
		 e->identifier != NULL ? e->identifier : "?", type_of(e), detail_of(e));
}

/* Same types stand together. */
static void add_names(struct buf *b, const struct err *failure)
{
	size_t n = failure->subproblem_count;
	AUTO(free) const struct err **sorted = xcalloc(n, sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = failure->subproblems[i];
	qsort(sorted, n, sizeof(*sorted), by_type);
	for (size_t i = 0; i < n; i++)
		add_name(b, sorted[i]);
}

/* What the server itself has to say: the rule by which it refused, or the file that it looked for. */
static void add_server_words(struct buf *b, const struct authenticator *a, const struct task *tasks,
			     size_t count)
{
	const struct webserver *s = a->plugin->server != NULL ? a->plugin->server(a->state) : NULL;
	AUTO(free) char *quote = NULL;

	for (size_t i = 0; s != NULL && i < count && quote == NULL; i++)
		if (tasks[i].proof.medium == MEDIUM_HTTP && tasks[i].token != NULL)
			quote = log_quote(s, tasks[i].token);
	if (quote != NULL)
		buf_addf(b, " Its error log has of that: %s", quote);
}

void report_failure(struct ui *ui, const struct authenticator *a, const struct task *tasks,
		    size_t count, const struct err *failure)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_MIB(1));
	AUTO(buf_release) struct buf hint = BUF_INIT(LIMIT_KIB(4));

	add_names(&text, failure);
	a->plugin->authenticator->hint(a->state, &hint);
	add_server_words(&hint, a, tasks, count);
	ui_emit(ui, EVENT_CHALLENGES_FAILED,
		FIELDS(STR("authenticator", a->plugin->name), ERROR("error", failure),
		       STR("hint", buf_str(&hint))),
		"\nSignet failed to authenticate some domains (authenticator: %s). "
		"The Certificate Authority reported these problems:%s\nHint: %s\n",
		a->plugin->name, buf_str(&text), buf_str(&hint));
}

#define NAMES_IN_SHORT 3

struct err *failure_in_short(struct err *failure)
{
	AUTO(buf_release) struct buf line = BUF_INIT(LIMIT_ERROR_TEXT);
	size_t n = failure->subproblem_count;

	buf_adds(&line, "Some challenges have failed.");
	for (size_t i = 0; i < n && i < NAMES_IN_SHORT; i++) {
		const struct err *sub = failure->subproblems[i];

		buf_addf(&line, "%s %s (%s): %s", i > 0 ? ";" : "",
			 sub->identifier != NULL ? sub->identifier : "?", type_of(sub),
			 detail_of(sub));
	}
	if (n > NAMES_IN_SHORT)
		buf_addf(&line, "; and %zu more", n - NAMES_IN_SHORT);
	free(failure->msg);
	failure->msg = buf_detach(&line);
	failure->code = ERR_CHALLENGE;
	err_free(MOVE(failure->cause));
	return failure;
}
