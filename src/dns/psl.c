#include "dns/psl.h"

#include <libpsl.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"

/*
 * Without the default rule "*", by which every unknown word would be a suffix. "onion" is on the list, and no name of
 * the DNS (RFC 7686).
 */
#define ICANN_ONLY (PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE)

bool psl_is_icann_suffix(const char *name)
{
	return !streq(name, "onion") && psl_is_public_suffix2(psl_builtin(), name, ICANN_ONLY) == 1;
}

static const char *parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL ? dot + 1 : NULL;
}

const char *psl_icann_suffix(const char *name)
{
	while (name != NULL && !psl_is_icann_suffix(name))
		name = parent(name);
	return name;
}

static const char *last_label(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL ? dot + 1 : name;
}

const char *psl_registered_domain(const char *name)
{
	const char *suffix = psl_icann_suffix(name);

	if (suffix == NULL)
		suffix = last_label(name);
	if (suffix == name)
		return name;
	for (suffix -= 1; suffix > name && suffix[-1] != '.'; suffix--)
		continue;
	return suffix;
}
