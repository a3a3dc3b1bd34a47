/*
 * dns-persist-01 (draft-ietf-acme-dns-persist-01): a TXT record that stays and names CA and account, so that nothing is to be
 * published when a certificate is renewed. It has the form of a CAA issue-value (RFC 8659 §4.2).
 */
#include "proto/challenge/registry.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "dns/issue_value.h"
#include "proto/problem.h"

#define SHOWN 100

static struct err *prove(struct proof *out, const struct challenge_input *in)
{
	if (in->ident->type != IDENT_DNS)
		return err_new(ERR_PROTOCOL,
			       "a dns-persist-01 challenge for %s, which is no DNS name",
			       in->ident->value);
	out->medium = MEDIUM_DNS;
	out->dns_owner = str_fmt("_validation-persist.%s", in->ident->value);
	return NULL;
}

/* What one record comes to; the worst that is about us is what people are told. */
enum finding { NOT_OURS, UNAUTHORIZED, MALFORMED, MET, FINDING_COUNT };

static const char *const problems[] = {
	[NOT_OURS] = "unauthorized",
	[UNAUTHORIZED] = "unauthorized",
	[MALFORMED] = "malformed",
	[MET] = NULL,
};
static_assert(ARRAY_LEN(problems) == FINDING_COUNT, "a problem for each finding");

/* The parameters that we know; each at most once. */
struct record {
	const char *account_uri;
	const char *policy; /* NULL: none */
	const char *until;  /* NULL: none */
};

struct known {
	const char *tag;
	size_t at; /* of struct record */
};

static const struct known known[] = {
	{ "accounturi", offsetof(struct record, account_uri) },
	{ "policy", offsetof(struct record, policy) },
	{ "persistUntil", offsetof(struct record, until) },
};

static bool is_ours(const char *domain, const struct strlist *ours)
{
	size_t len = strlen(domain);
	AUTO(free) char *bare = xstrndup(domain, len - (len > 0 && domain[len - 1] == '.'));

	for (size_t i = 0; i < ours->count; i++)
		if (*bare != '\0' && streq_nocase(ours->items[i], bare))
			return true;
	return false;
}

/* Also when the rest of it is malformed. */
static bool names_us(const char *text, const struct match_input *in)
{
	AUTO(free) char *raw = xstrndup(text, strcspn(text, ";"));
	AUTO(free) char *domain = str_trimmed(raw);

	return is_ours(domain, in->issuer_domains);
}

static enum finding say(char **why, enum finding finding, const char *text)
{
	*why = xstrdup(text);
	return finding;
}

static enum finding read_record(char **why, struct record *r, const struct issue_value *v)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const char **value = (const char **)(void *)((char *)r + known[i].at);

		if (issue_value_find(v, known[i].tag, true, value) > 1) {
			*why = str_fmt("duplicate parameter \"%s\"", known[i].tag);
			return MALFORMED;
		}
	}
	if (v->open_end)
		return say(why, MALFORMED, "a \";\" with nothing behind it");
	if (r->account_uri == NULL || *r->account_uri == '\0')
		return say(why, MALFORMED, "no accounturi");
	return MET;
}

static enum finding check_until(char **why, const struct record *r, time_t now)
{
	int64_t until = 0;

	if (r->until == NULL)
		return MET;
	if (!str_to_int(r->until, INT64_MIN, INT64_MAX, &until))
		return say(why, MALFORMED, "persistUntil is no number of seconds since the epoch");
	if (now > until)
		return say(why, UNAUTHORIZED, "persistUntil is over");
	return MET;
}

static enum finding check_record(char **why, const struct record *r, const struct match_input *in)
{
	enum finding in_time = check_until(why, r, in->now);

	if (in_time != MET)
		return in_time;
	if (!strlist_has(in->account_urls, r->account_uri)) {
		*why = str_fmt("accounturi mismatch: expected \"%s\", got \"%s\"",
			       in->account_urls->count > 0 ? in->account_urls->items[0] : "",
			       r->account_uri);
		return UNAUTHORIZED;
	}
	if (in->wildcard && (r->policy == NULL || !streq_nocase(r->policy, "wildcard"))) {
		*why = str_fmt("policy mismatch: expected \"wildcard\", got \"%s\"",
			       r->policy != NULL ? r->policy : "");
		return UNAUTHORIZED;
	}
	return MET;
}

static enum finding judge(char **why, const char *text, const struct match_input *in)
{
	AUTO(issue_value_release) struct issue_value v = { 0 };
	struct record r = { 0 };

	if (!names_us(text, in))
		return NOT_OURS;
	AUTO(err_free) struct err *e = issue_value_parse(&v, text, strlen(text));

	if (e != NULL) {
		*why = err_text(e);
		return MALFORMED;
	}
	if (!is_ours(v.domain, in->issuer_domains))
		return NOT_OURS;
	enum finding finding = read_record(why, &r, &v);

	return finding != MET ? finding : check_record(why, &r, in);
}

static struct err *explain(enum finding worst, const char *text, const char *why)
{
	AUTO(free) char *shown = str_printable(text, SHOWN);
	AUTO(free) char *reason = str_printable(why, 4 * SHOWN);

	return problem_new(problems[worst], "TXT record \"%s\": %s", shown, reason);
}

static struct err *match(const struct match_input *in)
{
	enum finding worst = NOT_OURS;
	AUTO(free) char *kept = NULL;
	const char *text = NULL;

	for (size_t i = 0; i < in->texts->count; i++) {
		AUTO(free) char *why = NULL;
		enum finding f = judge(&why, in->texts->items[i], in);

		if (f == MET)
			return NULL;
		if (f <= worst)
			continue;
		worst = f;
		text = in->texts->items[i];
		free(kept);
		kept = MOVE(why);
	}
	if (worst == NOT_OURS)
		return problem_new("unauthorized", "No valid TXT record found");
	return explain(worst, text, kept);
}

const struct challenge_type challenge_dnspersist01 = {
	.name = "dns-persist-01",
	.alias = "dns-persist",
	.medium = MEDIUM_DNS,
	.wildcard = true,
	.prove = prove,
	.match = match,
};
