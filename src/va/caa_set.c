/* One set of CAA records, judged (RFC 8659 §4, RFC 8657, ca.md 2.5). */
#include <string.h>

#include "base/str.h"
#include "dns/issue_value.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "va/caa.h"

enum relevance {
	TAG_UNKNOWN,
	TAG_ISSUE,
	TAG_ISSUEWILD,
	TAG_OTHER, /* known, and not about us */
};

struct tag {
	const char *name;
	enum relevance relevance;
};

static const struct tag tags[] = {
	{ "issue", TAG_ISSUE },         /* RFC 8659 §4.2 */
	{ "issuewild", TAG_ISSUEWILD }, /* RFC 8659 §4.3 */
	{ "iodef", TAG_OTHER },         /* RFC 8659 §4.4 */
	{ "issuemail", TAG_OTHER },     /* RFC 9495 */
	{ "issuevmc", TAG_OTHER },      /* draft-fenton-bimi-cps */
};

/* RFC 8659 §4.1: bit 0 is the highest; many have set the lowest. */
enum { CRITICAL = 128, CRITICAL_MISREAD = 1 };

static enum relevance relevance(const struct dns_caa *caa)
{
	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (streq_nocase(tags[i].name, caa->tag))
			return tags[i].relevance;
	return TAG_UNKNOWN;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool tags_are_sound(const struct issue_value *v)
{
	for (size_t i = 0; i < v->count; i++)
		for (const char *c = v->parameters[i].tag; *c != '\0'; c++)
			if (!is_alnum(*c))
				return false;
	return true;
}

/* RFC 8657 §3 */
static bool account_fits(const struct issue_value *v, const struct caa_request *q)
{
	const char *uri = NULL;
	size_t count = issue_value_find(v, "accounturi", false, &uri);

	return count == 0 ||
	       (count == 1 && q->account_uris != NULL && strlist_has(q->account_uris, uri));
}

static bool is_label(const char *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(from[i]) && from[i] != '-')
			return false;
	return len > 0;
}

/* RFC 8657 §4: whatever list has one label that is none says nothing. */
static bool method_listed(const char *list, const char *method)
{
	bool listed = false;

	for (const char *from = list;; from++) {
		size_t len = strcspn(from, ",");

		if (!is_label(from, len))
			return false;
		listed = listed || (strlen(method) == len && strncmp(from, method, len) == 0);
		from += len;
		if (*from == '\0')
			return listed;
	}
}

static bool method_fits(const struct issue_value *v, const struct caa_request *q)
{
	const char *list = NULL;
	size_t count = issue_value_find(v, "validationmethods", false, &list);

	return count == 0 || (count == 1 && method_listed(list, q->method));
}

/* A record that is malformed authorises nobody. */
static bool authorises(const struct dns_caa *caa, const struct caa_request *q)
{
	AUTO(issue_value_release) struct issue_value v = { 0 };
	AUTO(err_free) struct err *e = issue_value_parse(&v, caa->value, caa->value_len);

	if (e != NULL || (v.open_end && v.count > 0) || !tags_are_sound(&v))
		return false;
	return *v.domain != '\0' && streq(v.domain, q->issuer_domain) && account_fits(&v, q) &&
	       method_fits(&v, q);
}

/* What a set says, counted by tag. */
struct tally {
	bool forbids; /* by a critical tag that we do not know, or a record that nobody can read */
	size_t issue, issue_ours;
	size_t issuewild, issuewild_ours;
};

static void count_record(struct tally *t, const struct dns_record *r, const struct caa_request *q)
{
	AUTO(dns_caa_release) struct dns_caa caa = { 0 };
	AUTO(err_free) struct err *unreadable = dns_caa_read(&caa, r);

	if (unreadable != NULL) {
		t->forbids = true;
		return;
	}
	switch (relevance(&caa)) {
	case TAG_UNKNOWN:
		t->forbids |= (caa.flags & (CRITICAL | CRITICAL_MISREAD)) != 0;
		break;
	case TAG_ISSUE:
		t->issue++;
		t->issue_ours += authorises(&caa, q);
		break;
	case TAG_ISSUEWILD:
		t->issuewild++;
		t->issuewild_ours += authorises(&caa, q);
		break;
	case TAG_OTHER:
		break;
	}
}

bool caa_permits(const struct dns_records *set, const struct caa_request *request)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < set->count; i++)
		count_record(&t, &set->items[i], request);
	if (t.forbids)
		return false;
	if (name_is_wildcard(request->domain) && t.issuewild > 0) /* RFC 8659 §4.3 */
		return t.issuewild_ours > 0;
	return t.issue == 0 || t.issue_ours > 0;
}
