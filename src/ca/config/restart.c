/* What of a new configuration takes effect at the next start only. */
#include "ca/config/config.h"
#include "ca/config/reader.h"

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : streq(a, b);
}

static bool same_value(const void *a, const void *b, enum config_kind kind)
{
	switch (kind) {
	case CONFIG_TEXT:
	case CONFIG_PATH:
		return same_text(*(char *const *)a, *(char *const *)b);
	case CONFIG_LIST:
	case CONFIG_PATHS:
		return strlist_same(a, b);
	case CONFIG_NUMBER:
	case CONFIG_DURATION:
		return *(const int64_t *)a == *(const int64_t *)b;
	case CONFIG_SWITCH:
		return *(const bool *)a == *(const bool *)b;
	case CONFIG_CHOICE:
		return *(const int *)a == *(const int *)b;
	case CONFIG_RATE:
		return ((const struct rate *)a)->count == ((const struct rate *)b)->count &&
		       ((const struct rate *)a)->period_s == ((const struct rate *)b)->period_s;
	case CONFIG_KIND_COUNT:
		break;
	}
	return false;
}

bool config_key_needs_restart(const struct config_section *section, const struct config_key *key)
{
	return (section->restart && !key->live) || key->restart;
}

static void compare(struct strlist *out, const struct config_section *section, const char *a,
		    const char *b)
{
	const char *name = section->repeated ? *(char *const *)(const void *)a : NULL;

	if (name != NULL && !streq(name, *(char *const *)(const void *)b))
		strlist_take(out, str_fmt("[%s %s]", section->name, name));
	for (size_t i = 0; i < section->key_count; i++) {
		const struct config_key *key = &section->keys[i];

		if (config_key_needs_restart(section, key) &&
		    !same_value(a + key->offset, b + key->offset, key->kind))
			strlist_take(out,
				     str_fmt("%s of [%s%s%s]", key->name, section->name,
					     name != NULL ? " " : "", name != NULL ? name : ""));
	}
}

void ca_config_restart_needed(struct strlist *out, const struct ca_config *running,
			      const struct ca_config *c)
{
	for (size_t n = 0; n < config_section_count; n++) {
		const struct config_section *section = config_sections[n];
		size_t before = config_struct_count(running, section);
		size_t after = config_struct_count(c, section);

		if (section->restart && before != after)
			strlist_take(out, str_fmt("[%s ...]", section->name));
		else if (!section->repeated || section->restart)
			for (size_t i = 0; i < before; i++)
				compare(out, section, config_struct(running, section, i),
					config_struct(c, section, i));
	}
}
