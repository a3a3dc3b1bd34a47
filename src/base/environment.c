#include "base/environment.h"

#include <string.h>

extern char **environ;

static bool names_variable(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && (entry[len] == '=' || entry[len] == '\0');
}

static bool is_unset(const char *entry, const struct strlist *unset)
{
	for (size_t i = 0; unset != NULL && i < unset->count; i++)
		if (names_variable(entry, unset->items[i]))
			return true;
	return false;
}

static bool is_overridden(const char *entry, const struct strlist *set)
{
	for (size_t i = 0; set != NULL && i < set->count; i++) {
		AUTO(free) char *name = xstrndup(set->items[i], strcspn(set->items[i], "="));

		if (names_variable(entry, name))
			return true;
	}
	return false;
}

void environment_build(struct strlist *out, const struct strlist *set, const struct strlist *unset)
{
	for (char **entry = environ; *entry != NULL; entry++)
		if (!is_unset(*entry, unset) && !is_overridden(*entry, set))
			strlist_add(out, *entry);
	if (set != NULL)
		strlist_add_all(out, set);
	out->items = xrealloc(out->items, out->count + 1, sizeof(*out->items));
	out->items[out->count] = NULL;
}
