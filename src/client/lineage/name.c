#include <string.h>

#include "client/lineage/lineage.h"

#define SUFFIX_MAX 9999
#define NAME_BYTES_MAX 240 /* with .conf, .new and a suffix it must fit a file name */

struct err *lineage_check_name(const char *name)
{
	if (name[0] == '\0' || strchr(name, '/') != NULL)
		return err_new(ERR_CONFIG, "the certificate name '%s' is empty or has a slash",
			       name);
	if (str_has_controls(name) || !str_is_utf8(name)) {
		AUTO(free) char *shown = str_printable(name, NAME_BYTES_MAX);

		return err_new(ERR_CONFIG,
			       "the certificate name '%s' holds control characters or is not UTF-8",
			       shown);
	}
	if (name[0] == '.')
		return err_new(ERR_CONFIG, "the certificate name '%s' begins with a dot", name);
	if (strlen(name) > NAME_BYTES_MAX)
		return err_new(ERR_CONFIG,
			       "the certificate name %.40s... is too long: give a "
			       "shorter one with --cert-name",
			       name);
	return NULL;
}

char *lineage_name_of(const struct cert_names *names)
{
	const char *first = names->dns.count > 0 ? names->dns.items[0]
			  : names->ip.count > 0  ? names->ip.items[0]
						 : "";

	return xstrdup(str_starts(first, "*.") ? first + 2 : first);
}

struct err *lineage_free_name(char **out, const struct tree *t, const char *wanted)
{
	TRY(lineage_check_name(wanted));
	if (!lineage_exists(t, wanted)) {
		*out = xstrdup(wanted);
		return NULL;
	}
	for (unsigned i = 1; i <= SUFFIX_MAX; i++) {
		AUTO(free) char *name = str_fmt("%s-%04u", wanted, i);

		if (!lineage_exists(t, name)) {
			*out = MOVE(name);
			return NULL;
		}
	}
	return err_new(ERR_CONFIG, "every name from %s to %s-%u is taken", wanted, wanted,
		       SUFFIX_MAX);
}
