#include <string.h>

#include "ca/config/builtin.h"
#include "ca/config/config.h"
#include "ca/config/key.h"
#include "ca/config/value.h"

static void add_comment(struct buf *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		buf_addf(out, "# %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

/* A repeated section is an example: it stands in comments. */
static void add_key(struct buf *out, const struct config_section *section,
		    const struct config_key *key)
{
	AUTO(free) char *allowed = config_value_allowed(key);
	bool commented = section->repeated || key->fallback == NULL;

	buf_adds(out, "\n");
	add_comment(out, key->doc);
	buf_addf(out, "# Takes %s%s.\n", allowed,
		 config_key_needs_restart(section, key) ? "; changed by a restart only" : "");
	buf_addf(out, "%s%s =%s%s\n", commented ? "#" : "", key->name,
		 key->fallback != NULL ? " " : "", key->fallback != NULL ? key->fallback : "");
}

static void add_section(struct buf *out, const struct config_section *section)
{
	buf_adds(out, "\n");
	add_comment(out, section->doc);
	buf_addf(out, section->repeated ? "#[%s NAME]\n" : "[%s]\n", section->name);
	for (size_t i = 0; i < section->key_count; i++)
		add_key(out, section, &section->keys[i]);
	if (section == &config_section_profile)
		buf_addf(out, "\n%s", config_builtin_profiles);
}

void ca_config_document(struct buf *out)
{
	buf_adds(
		out,
		"# Configuration of signet-ca. What is not set is as shown; `signet-ca check-config` judges a\n"
		"# file. Comments stand on lines of their own. A value in \"\" is taken as it stands.\n");
	for (size_t i = 0; i < config_section_count; i++)
		add_section(out, config_sections[i]);
}
