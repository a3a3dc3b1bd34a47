/* CAA as a part of a validation: asked for each of the CA's own domains until one may issue. */
#include "proto/problem.h"
#include "va/caa.h"
#include "va/job.h"

struct caa_state {
	struct caa_check *check;
	struct strlist account_uris;
	char *domain;
	size_t issuer; /* which of the CA's domains */
};

static void ask(struct va_job *job);

static void on_caa(void *ctx, struct err *problem, const char *found_at)
{
	struct va_job *job = ctx;
	struct caa_state *s = job->state;

	s->check = NULL;
	if (found_at != NULL)
		strlist_take(&job->record->notes,
			     str_fmt("the CAA records of %s decide", found_at));
	if (problem != NULL && err_has_type(problem, "caa") &&
	    ++s->issuer < job->request.issuer_domains.count) {
		err_free(problem);
		ask(job);
		return;
	}
	job_finish(job, problem);
}

static void ask(struct va_job *job)
{
	struct caa_state *s = job->state;
	const struct caa_request request = {
		.resolver = job->options->resolver,
		.domain = s->domain,
		.method = job->request.challenge,
		.issuer_domain = job->request.issuer_domains.items[s->issuer],
		.account_uris = &s->account_uris,
		.timeout_ms = (unsigned)job_left_ms(job),
		.witness = job_witness(job),
	};

	s->check = caa_check(&request, on_caa, job);
}

static void start(struct va_job *job)
{
	const struct va_request *q = &job->request;
	struct caa_state *s = xcalloc(1, sizeof(*s));

	job->state = s;
	s->domain = str_fmt("%s%s", q->wildcard ? "*." : "", q->ident.value);
	if (q->account_url != NULL)
		strlist_add(&s->account_uris, q->account_url);
	strlist_add_all(&s->account_uris, &q->account_aliases);
	if (q->ident.type == IDENT_IP || q->issuer_domains.count == 0)
		job_finish(job, NULL); /* nothing that CAA could forbid */
	else
		ask(job);
}

static void stop(struct va_job *job)
{
	struct caa_state *s = job->state;

	if (s->check != NULL)
		caa_check_cancel(s->check);
	strlist_release(&s->account_uris);
	free(s->domain);
	free(s);
	job->state = NULL;
}

const struct probe probe_caa = { .start = start, .stop = stop };
