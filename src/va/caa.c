#include "va/caa.h"

#include <string.h>

#include "base/str.h"
#include "dns/name.h"
#include "dns/psl.h"
#include "proto/problem.h"
#include "va/dns_problem.h"

/* One name of the tree. */
struct level {
	struct caa_check *check;
	const char *name;        /* part of the domain */
	bool is_top;             /* a TLD of the public DNS */
	struct dns_query *query; /* NULL: answered */
	struct err *problem;     /* the answer was none */
	bool has_set;            /* else look higher */
	bool permits; /* the set does; judged at once, as sets may be large and wait long for the leaf */
};

struct caa_check {
	struct caa_request request;
	char *domain, *method, *issuer_domain;
	struct strlist account_uris;
	struct level *levels; /* from the leaf up */
	size_t count;
	caa_done_fn *done;
	void *ctx;
};

static void check_free(struct caa_check *c)
{
	for (size_t i = 0; i < c->count; i++) {
		dns_query_cancel(c->levels[i].query);
		err_free(c->levels[i].problem);
	}
	free(c->levels);
	free(c->domain);
	free(c->method);
	free(c->issuer_domain);
	strlist_release(&c->account_uris);
	free(c);
}
AUTO_FREE(struct caa_check, check_free)

static void finish(struct caa_check *finished, struct err *problem, const char *found_at)
{
	AUTO(check_free) struct caa_check *c = finished;

	c->done(c->ctx, problem, found_at);
}

static void fail_at(struct caa_check *c, const struct level *l)
{
	finish(c,
	       problem_new("dns", "While processing CAA for %s: %s", c->domain, l->problem->detail),
	       NULL);
}

static void decide_at(struct caa_check *c, const struct level *l)
{
	struct err *problem = NULL;

	if (!l->permits)
		problem = problem_new("caa", "CAA record for %s prevents issuance", l->name);
	finish(c, problem, l->name);
}

/* RFC 8659 §3: up from the leaf; the first set decides, and what is unknown below it forbids to go on. */
static void walk(struct caa_check *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct level *l = &c->levels[i];

		if (l->query != NULL)
			return;
		if (l->problem != NULL) {
			fail_at(c, l);
			return;
		}
		if (l->has_set) {
			decide_at(c, l);
			return;
		}
	}
	finish(c, NULL, NULL);
}

/*
 * A name that does not exist has no CAA records. That a TLD does not exist is no answer to believe, but for one that only an inner
 * server knows: it hosts "corp.lan", and nobody "lan".
 */
static bool says_nothing(const struct level *l, const struct dns_answer *a)
{
	return a->failure == DNS_ANSWERED && a->rcode == DNS_NXDOMAIN && !l->is_top;
}

static void answered(void *ctx, const struct dns_answer *a)
{
	struct level *l = ctx;
	struct caa_check *c = l->check;

	l->query = NULL;
	if (c->request.witness.saw != NULL)
		c->request.witness.saw(c->request.witness.ctx, a);
	if (!says_nothing(l, a))
		l->problem = dns_problem(a);
	l->has_set = l->problem == NULL && a->records.count > 0;
	l->permits = l->has_set && caa_permits(&a->records, &c->request);
	walk(c);
}

static void keep_request(struct caa_check *c, const struct caa_request *request)
{
	c->domain = xstrdup(request->domain);
	c->method = xstrdup(request->method);
	c->issuer_domain = xstrdup(request->issuer_domain);
	if (request->account_uris != NULL)
		strlist_add_all(&c->account_uris, request->account_uris);
	c->request = *request;
	c->request.domain = c->domain;
	c->request.method = c->method;
	c->request.issuer_domain = c->issuer_domain;
	c->request.account_uris = &c->account_uris;
}

static void add_levels(struct caa_check *c)
{
	for (const char *name = name_base(c->domain); name != NULL;) {
		const char *dot = strchr(name, '.');

		c->levels = xrealloc(c->levels, c->count + 1, sizeof(*c->levels));
		c->levels[c->count++] = (struct level){ .check = c,
							.name = name,
							.is_top = dot == NULL &&
								  psl_icann_suffix(name) != NULL };
		name = dot != NULL ? dot + 1 : NULL;
	}
}

struct caa_check *caa_check(const struct caa_request *request, caa_done_fn *done, void *ctx)
{
	struct caa_check *c = xcalloc(1, sizeof(*c));

	keep_request(c, request);
	c->done = done;
	c->ctx = ctx;
	add_levels(c);
	for (size_t i = 0; i < c->count; i++)
		c->levels[i].query = dns_query(request->resolver, c->levels[i].name, DNS_CAA,
					       request->timeout_ms, answered, &c->levels[i]);
	return c;
}

void caa_check_cancel(struct caa_check *c)
{
	if (c != NULL)
		check_free(c);
}
