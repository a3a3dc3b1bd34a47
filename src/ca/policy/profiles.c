#include "ca/policy/profiles.h"

#include "proto/problem.h"

#define HOUR_S (60 * 60)
#define SHOWN 80

const struct profile_config *profile_by_name(const struct ca_config *c, const char *name)
{
	for (size_t i = 0; i < c->profile_count; i++)
		if (streq(c->profiles[i].name, name))
			return &c->profiles[i];
	return NULL;
}

struct err *profile_choose(const struct profile_config **out, const struct policy *p,
			   const char *name)
{
	const struct ca_config *c = p->config;
	const char *wanted = name != NULL ? name : c->directory.default_profile;
	const struct profile_config *found = wanted != NULL       ? profile_by_name(c, wanted)
					   : c->profile_count > 0 ? &c->profiles[0]
								  : NULL;

	if (found == NULL) {
		AUTO(free) char *shown = str_printable(wanted != NULL ? wanted : "", SHOWN);

		return problem_new("invalidProfile", "there is no profile \"%s\" here", shown);
	}
	*out = found;
	return NULL;
}

static bool serves(const struct profile_config *profile, int64_t account_id)
{
	AUTO(free) char *id = str_fmt("%lld", (long long)account_id);

	return profile->accounts.count == 0 || strlist_has(&profile->accounts, id);
}

static struct err *check_type(const struct profile_config *profile, const struct ident *i)
{
	if (i->type == IDENT_DNS ? profile->dns : profile->ip)
		return NULL;
	struct err *e = problem_new("rejectedIdentifier", "profile \"%s\" has no %s", profile->name,
				    i->type == IDENT_DNS ? "DNS names" : "IP addresses");

	ident_blame(e, i);
	return e;
}

struct err *profile_check(const struct profile_config *profile, int64_t account_id,
			  const struct idents *l)
{
	if (!serves(profile, account_id))
		return problem_new("unauthorized", "profile \"%s\" is not for this account",
				   profile->name);
	if (l->count > (size_t)profile->max_names)
		return problem_new("malformed", "more than %lld identifiers (profile \"%s\")",
				   (long long)profile->max_names, profile->name);
	for (size_t i = 0; i < l->count; i++)
		TRY(check_type(profile, &l->items[i]));
	return NULL;
}

time_t profile_reuse_after(const struct profile_config *profile, time_t now)
{
	int64_t left_s = profile->order_s / 8;

	if (left_s > 24 * HOUR_S)
		left_s = 24 * HOUR_S;
	return now + (left_s < HOUR_S ? HOUR_S : left_s);
}
