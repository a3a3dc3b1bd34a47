#include "ca/config/config.h"
#include "ca/dcv/dcv.h"
#include "ca/issue/job.h"
#include "proto/problem.h"

static bool is_due(const struct ca *ca, const struct store_authz *a, time_t now)
{
	return ca->config->va.caa && !ca->config->test.always_valid && a->ident.type == IDENT_DNS &&
	       a->validated < now - CAA_FRESH_S;
}

bool caa_is_due(const struct ca *ca, const struct store_order *o, time_t now)
{
	for (size_t i = 0; i < o->authz_count; i++)
		if (is_due(ca, &o->authzs[i], now))
			return true;
	return false;
}

static struct err *one_problem(const struct err *e, const char *name)
{
	const struct err *p = err_problem(e);
	const char *type = p != NULL ? err_type(p) : NULL;
	AUTO(free) char *text = p != NULL && p->detail != NULL ? xstrdup(p->detail) : err_text(e);
	struct err *out = problem_new(type != NULL ? type : "serverInternal", "rechecking CAA: %s",
				      text);

	out->identifier = xstrdup(name);
	return out;
}

/* The first one's, if it is alone; else one that has all of them as subproblems (RFC 8555 §6.7.1). */
static struct err *all_problems(const struct issuance *i)
{
	AUTO(err_free) struct err *all = NULL;
	const char *first = NULL;
	size_t count = 0;

	for (size_t n = 0; n < i->order.authz_count; n++)
		if (i->checks[n].problem != NULL && count++ == 0)
			first = i->checks[n].authz->ident.value;
	if (count == 0)
		return NULL;
	all = problem_new(
		"caa", "rechecking CAA for %s and %zu more identifiers failed: see the subproblems",
		first, count - 1);
	for (size_t n = 0; n < i->order.authz_count; n++)
		if (i->checks[n].problem != NULL)
			err_add_subproblem(all, one_problem(i->checks[n].problem,
							    i->checks[n].authz->ident.value));
	if (count == 1)
		return problem_copy(all->subproblems[0]);
	return MOVE(all);
}

static void answered(void *ctx, struct err *problem)
{
	struct caa_check *c = ctx;
	struct issuance *i = c->issuance;

	c->problem = problem;
	if (--i->checks_open == 0)
		caa_done(i, all_problems(i));
}

void caa_begin(struct issuance *i, time_t now)
{
	struct ca_loop *loop = i->list->loop;
	const struct dcv_account account = { .url = i->account_url };

	i->checks = xcalloc(i->order.authz_count + 1, sizeof(*i->checks));
	for (size_t n = 0; n < i->order.authz_count; n++) {
		struct caa_check *c = &i->checks[n];

		c->issuance = i;
		c->authz = &i->order.authzs[n];
		if (!is_due(loop->ca, c->authz, now))
			continue;
		i->checks_open++;
		dcv_check_caa(loop->dcv, c->authz, &account, answered, c);
	}
}
