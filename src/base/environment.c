#include "base/environment.h"

#include <stdlib.h>
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

void environment_dirs(struct strlist *out)
{
	static const char *const more[] = { "/usr/sbin", "/usr/local/bin", "/usr/local/sbin" };
	const char *path = getenv("PATH");

	strlist_split(out, path != NULL ? path : "/usr/bin:/bin", ':');
	for (size_t i = 0; i < ARRAY_LEN(more); i++)
		(void)strlist_add_unique(out, more[i]);
}

char *environment_path(void)
{
	AUTO(strlist_release) struct strlist dirs = { 0 };

	environment_dirs(&dirs);
	return strlist_join(&dirs, ":");
}

static void list_ours(struct strlist *out)
{
	AUTO(free) char *path = environment_path();

	for (char **entry = environ; *entry != NULL; entry++)
		if (!names_variable(*entry, "PATH"))
			strlist_add(out, *entry);
	strlist_take(out, str_fmt("PATH=%s", path));
}

void environment_build(struct strlist *out, const struct strlist *set, const struct strlist *unset)
{
	AUTO(strlist_release) struct strlist ours = { 0 };

	list_ours(&ours);
	for (size_t i = 0; i < ours.count; i++)
		if (!is_unset(ours.items[i], unset) && !is_overridden(ours.items[i], set))
			strlist_add(out, ours.items[i]);
	if (set != NULL)
		strlist_add_all(out, set);
	out->items = xrealloc(out->items, out->count + 1, sizeof(*out->items));
	out->items[out->count] = NULL;
}
