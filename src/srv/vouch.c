#include "srv/vouch.h"

#include "srv/sites.h"

bool names_hold(const struct strlist *certified, const char *name)
{
	for (size_t i = 0; i < certified->count; i++) {
		const char *one = certified->items[i];

		if (streq_nocase(one, name) ||
		    (str_starts(one, "*.") && wildcard_covers(one, name)))
			return true;
	}
	return false;
}

bool cert_vouches(const struct cert *c, const char *name, time_t now)
{
	return now >= c->not_before && !cert_is_expired(c, now) && !cert_names_issuer(c, c) &&
	       names_hold(&c->names.dns, name);
}
