/* dns-01 and its kin (ca.md 2.2 to 2.4): one TXT question, and what its records hold. */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "dns/rdata.h"
#include "proto/problem.h"
#include "va/dns_problem.h"
#include "va/job.h"

enum { SHOWN = 100 };

/* A NUL would end the text for whoever reads it: it is made a byte that no proof holds. */
static void add_text(struct strlist *out, const struct dns_record *r)
{
	AUTO(free) char *text = NULL;
	size_t len = 0;
	AUTO(err_free) struct err *unreadable = dns_txt_read(&text, &len, r);

	if (unreadable != NULL)
		return;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '\x7f';
	strlist_take(out, MOVE(text));
}

/* " (account: "...")" where the place is the account's own. */
static void add_account(struct buf *out, const struct va_job *job)
{
	if (job->type->per_account)
		buf_addf(out, " (account: \"%s\")",
			 job->request.account_url != NULL ? job->request.account_url : "");
}

static struct err *unauthorized(const struct va_job *job, const char *what)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_ERROR_TEXT);

	buf_addf(&text, "%s found at %s", what, job->proof.dns_owner);
	add_account(&text, job);
	return problem_new("unauthorized", "%s", buf_str(&text));
}

static struct err *compare(const struct va_job *job, const struct strlist *texts)
{
	if (strlist_has(texts, job->proof.dns_txt))
		return NULL;
	AUTO(free) char *first = str_printable(texts->items[0], SHOWN);
	AUTO(free)
	char *more = texts->count > 1 ? str_fmt(" (and %zu more)", texts->count - 1) : xstrdup("");
	AUTO(free) char *what = str_fmt("Incorrect TXT record \"%s\"%s", first, more);

	return unauthorized(job, what);
}

static struct err *match(const struct va_job *job, const struct strlist *texts)
{
	const struct clock *clock = job->options->clock;
	AUTO(strlist_release) struct strlist urls = { 0 };

	if (job->request.account_url != NULL)
		strlist_add(&urls, job->request.account_url);
	strlist_add_all(&urls, &job->request.account_aliases);
	const struct match_input in = {
		.texts = texts,
		.wildcard = job->request.wildcard,
		.account_urls = &urls,
		.issuer_domains = &job->request.issuer_domains,
		.now = clock->now(clock),
	};

	return job->type->match(&in);
}

static struct err *judge(const struct va_job *job, const struct dns_answer *a)
{
	AUTO(strlist_release) struct strlist texts = { 0 };
	struct err *problem = dns_problem(a);

	if (problem != NULL)
		return problem;
	for (size_t i = 0; i < a->records.count; i++)
		add_text(&texts, &a->records.items[i]);
	if (texts.count == 0)
		return unauthorized(job, "No TXT record");
	return job->type->match != NULL ? match(job, &texts) : compare(job, &texts);
}

static void answered(void *ctx, const struct dns_answer *a)
{
	struct va_job *job = ctx;
	struct dns_witness witness = job_witness(job);

	job->state = NULL;
	witness.saw(witness.ctx, a);
	job_finish(job, judge(job, a));
}

static void start(struct va_job *job)
{
	int64_t left = job_left_ms(job);

	job->state = dns_query(job->options->resolver, job->proof.dns_owner, DNS_TXT,
			       left > 0 ? (unsigned)left : 1, answered, job);
}

static void stop(struct va_job *job)
{
	dns_query_cancel(job->state);
	job->state = NULL;
}

const struct probe probe_dns = { .start = start, .stop = stop };
