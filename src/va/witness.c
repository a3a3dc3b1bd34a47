/* DNS answers, as a job's record keeps them. */
#include <assert.h>

#include "base/limits.h"
#include "dns/rdata.h"
#include "va/job.h"

static const char *const failures[] = {
	[DNS_ANSWERED] = NULL, /* its rcode says more */
	[DNS_TIMED_OUT] = "query timed out",
	[DNS_CANCELED] = "query timed out (and was canceled)",
	[DNS_UNREACHABLE] = "networking error",
	[DNS_TRUNCATED] = "response was truncated",
	[DNS_BAD_ANSWER] = "no usable answer",
	[DNS_BOGUS] = "DNSSEC: bogus",
};
static_assert(ARRAY_LEN(failures) == DNS_FAILURE_COUNT, "a text for each failure");

static char *outcome(const struct dns_answer *a)
{
	char number[16];

	return xstrdup(a->failure != DNS_ANSWERED ? failures[a->failure]
						  : dns_rcode_text(a->rcode, number));
}

static char *extended(const struct dns_answer *a)
{
	AUTO(free) char *text = str_printable(a->ede_text != NULL ? a->ede_text : "", 200);

	char number[16];

	if (a->ede_code == DNS_NO_EDE)
		return *text != '\0' ? xstrdup(text) : NULL;
	return str_fmt("%s%s%s", dns_ede_name(a->ede_code, number), *text != '\0' ? ": " : "",
		       text);
}

static void add_records(struct va_answer *out, const struct dns_answer *a)
{
	for (size_t i = 0; i < a->records.count && i < VA_RECORD_SHOWN; i++) {
		AUTO(free) char *text = dns_data_text(&a->records.items[i]);

		strlist_take(&out->records, str_printable(text, LIMIT_URL));
	}
	out->record_count = a->records.count;
}

static void saw(void *ctx, const struct dns_answer *a)
{
	struct va_job *job = ctx;
	char number[16];

	if (job->record->answer_count >= LIMIT_VA_RECORD_ENTRIES / 2)
		return;
	struct va_answer *out = va_record_add_answer(job->record);

	out->name = xstrdup(a->name);
	out->type = xstrdup(dns_type_text(a->type, number));
	out->server = a->server != NULL ? xstrdup(a->server) : NULL;
	out->outcome = outcome(a);
	out->authenticated = a->authenticated;
	out->extended = extended(a);
	add_records(out, a);
	out->took_ms = a->duration_ms;
	out->at_ms = job_elapsed_ms(job) - a->duration_ms;
	out->at_ms = out->at_ms > 0 ? out->at_ms : 0;
}

struct dns_witness job_witness(struct va_job *job)
{
	return (struct dns_witness){ .saw = saw, .ctx = job };
}
