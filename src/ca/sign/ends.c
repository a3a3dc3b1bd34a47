/* When the issuers' own certificates end, and what ends with them. */
#include <string.h>

#include "base/clock.h"
#include "ca/sign/state.h"
#include "proto/problem.h"

#define DAY_S ((time_t)24 * 60 * 60)
#define NOTICE_S (30 * DAY_S) /* more than what is issued lasts */

enum { RETRY_AFTER_S = 60 * 60 };

bool sign_profile_takes(const struct profile_config *p, const struct issuer *i)
{
	return i->config->active &&
	       (p->issuers.count == 0 || strlist_has(&p->issuers, i->config->name));
}

/* --- for clients */

/* The last to end of those that the profile may have. */
static const struct issuer *last_of(const struct sign *s, const struct profile_config *p)
{
	const struct issuer *last = NULL;

	for (size_t i = 0; i < s->count; i++)
		if (sign_profile_takes(p, s->issuers[i]) &&
		    (last == NULL || s->issuers[i]->cert->not_after > last->cert->not_after))
			last = s->issuers[i];
	return last;
}

struct err *sign_check_dates(const struct sign *s, const struct profile_config *p, time_t when)
{
	const struct issuer *last = last_of(s, p);
	struct err *e = NULL;

	if (last != NULL && last->cert->not_after >= when)
		return NULL;
	AUTO(free) char *end = last != NULL ? time_utc_long(last->cert->not_after) : NULL;

	e = last == NULL
		  ? problem_new(
			    "serverInternal",
			    "This CA has no active issuer for profile \"%s\"; tell its operator",
			    p->name)
		  : problem_new(
			    "serverInternal",
			    "The issuer of profile \"%s\" ends on %s, and nothing can be issued "
			    "beyond that; tell the operator of this CA",
			    p->name, end);
	e->http_status = 503;
	e->retry_after_s = RETRY_AFTER_S;
	return e;
}

/* --- for the operator */

static const struct profile_config *longest_of(const struct sign *s, const struct issuer *i)
{
	const struct profile_config *longest = NULL;

	for (size_t n = 0; n < s->config->profile_count; n++) {
		const struct profile_config *p = &s->config->profiles[n];

		if (sign_profile_takes(p, i) &&
		    (longest == NULL || p->lifetime_s > longest->lifetime_s))
			longest = p;
	}
	return longest;
}

static void warn_of(struct strlist *out, const struct sign *s, const struct issuer *i, time_t now)
{
	const struct profile_config *longest = longest_of(s, i);
	time_t left = i->cert->not_after - now;
	AUTO(free) char *end = time_utc_long(i->cert->not_after);
	const char *file = i->config->certificate;

	if (longest == NULL || left >= longest->lifetime_s + NOTICE_S)
		return;
	if (left < 0)
		strlist_take(out, str_fmt("%s of [issuer %s] ended on %s: it signs nothing any "
					  "more; add its successor",
					  file, i->config->name, end));
	else
		strlist_take(out, str_fmt("%s of [issuer %s] ends on %s, in %lld days, and what it "
					  "signs for profile %s by then; add its successor",
					  file, i->config->name, end, (long long)(left / DAY_S),
					  longest->name));
}

void sign_warnings(struct strlist *out, const struct sign *s, time_t now)
{
	for (size_t i = 0; i < s->count; i++)
		warn_of(out, s, s->issuers[i], now);
}
