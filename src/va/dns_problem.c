#include "va/dns_problem.h"

#include <assert.h>

#include "base/limits.h"
#include "base/str.h"
#include "proto/problem.h"

/* What went wrong when no whole answer came. */
static const char *const failures[] = {
	[DNS_ANSWERED] = NULL,
	[DNS_TIMED_OUT] = "query timed out",
	[DNS_CANCELED] = "query timed out (and was canceled)",
	[DNS_UNREACHABLE] = "networking error",
	[DNS_TRUNCATED] = "response was truncated",
	[DNS_BAD_ANSWER] = "malformed or contradictory response",
	[DNS_BOGUS] = "bogus",
};
static_assert(ARRAY_LEN(failures) == DNS_FAILURE_COUNT, "a text for each failure");

static const char *hint(const struct dns_answer *a)
{
	if (a->failure != DNS_ANSWERED)
		return "";
	if (a->rcode == DNS_NXDOMAIN)
		return " - check that a DNS record exists for this domain";
	if (a->rcode == DNS_SERVFAIL)
		return " - the domain's nameservers may be malfunctioning";
	return "";
}

static bool failed_dnssec(const struct dns_answer *a)
{
	return a->failure == DNS_BOGUS ||
	       (a->failure == DNS_ANSWERED && dns_ede_is_dnssec(a->ede_code));
}

/* Servers may put anything there: it is shown, not believed. */
static void add_extended(struct buf *out, const struct dns_answer *a, const char *before)
{
	char buffer[16];
	const char *text = a->ede_text != NULL ? a->ede_text : "";
	AUTO(free) char *shown = str_printable(text, LIMIT_PROBLEM_DETAIL);

	if (a->ede_code != DNS_NO_EDE)
		buf_addf(out, "%s%s", before, dns_ede_name(a->ede_code, buffer));
	if (*text != '\0')
		buf_addf(out, "%s%s", a->ede_code != DNS_NO_EDE ? ": " : before, shown);
}

static void describe_dnssec(struct buf *out, const struct dns_answer *a, const char *type)
{
	buf_addf(out, "DNS problem: looking up %s for %s: DNSSEC", type, a->name);
	add_extended(out, a, ": ");
}

static void describe(struct buf *out, const struct dns_answer *a, const char *type)
{
	char buffer[16];
	const char *what = failures[a->failure];

	buf_addf(out, "DNS problem: %s looking up %s for %s%s",
		 what != NULL ? what : dns_rcode_text(a->rcode, buffer), type, a->name, hint(a));
	add_extended(out, a, " - ");
}

struct err *dns_problem(const struct dns_answer *a)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_ERROR_TEXT);
	char type[16];

	if (a->failure == DNS_ANSWERED && a->rcode == DNS_NOERROR)
		return NULL;
	if (failed_dnssec(a))
		describe_dnssec(&text, a, dns_type_text(a->type, type));
	else
		describe(&text, a, dns_type_text(a->type, type));
	return problem_new("dns", "%s", buf_str(&text));
}
