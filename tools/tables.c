/*
 * Writes the tables that man pages and completion are made of as one JSON object: options, subcommands, topics, plugins,
 * challenge types. Run by the build only.
 */
#include <stdio.h>

#include "base/json.h"
#include "client/cmd/cmd.h"
#include "client/opt/option.h"
#include "client/plugin.h"
#include "proto/challenge.h"

static json_t *words(const char *text)
{
	AUTO(strlist_release) struct strlist list = { 0 };
	json_t *out = json_array();

	strlist_split(&list, text != NULL ? text : "", ' ');
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i][0] != '\0')
			json_array_append_new(out, json_string(list.items[i]));
	return out;
}

static json_t *names_of(const struct option_row *row)
{
	json_t *out = json_array();

	for (size_t i = 0; i < OPT_NAMES_MAX && row->spec.names[i] != NULL; i++)
		json_array_append_new(out, json_string(row->spec.names[i]));
	return out;
}

static json_t *verbs_of(const struct option_row *row)
{
	json_t *out = json_array();

	for (size_t i = 0; i < subcommand_count; i++)
		if (option_concerns(row, subcommands[i]->name))
			json_array_append_new(out, json_string(subcommands[i]->name));
	return out;
}

static bool is_for_people(const struct option_row *row)
{
	return row->plugin == NULL || plugin_by_name(row->plugin) != NULL;
}

/* A switch has no value to name as its default. */
static const char *preset_of(const struct option_row *row)
{
	return row->spec.takes_value ? row->preset : NULL;
}

static json_t *option(const struct option_row *row)
{
	return json_pack("{s:o, s:s?, s:b, s:s?, s:o, s:s?, s:o, s:o, s:b, s:b, s:s?}", "names",
			 names_of(row), "metavar", row->spec.takes_value ? row->metavar : NULL,
			 "repeats", row->kind->repeats, "preset", preset_of(row), "choices",
			 words(row->choices), "plugin", row->plugin, "topics", words(row->topics),
			 "verbs", verbs_of(row), "shown", row->topics != NULL, "in_files",
			 row->kind != &kind_config && row->kind != &kind_help &&
				 row->kind != &kind_version,
			 "help", row->help);
}

static json_t *options(void)
{
	json_t *out = json_array();

	for (size_t i = 0; i < option_row_count; i++)
		if (is_for_people(&option_rows[i]))
			json_array_append_new(out, option(&option_rows[i]));
	return out;
}

static json_t *verbs(void)
{
	json_t *out = json_array();

	for (size_t i = 0; i < subcommand_count; i++)
		json_array_append_new(out, json_pack("{s:s, s:s}", "name", subcommands[i]->name,
						     "about", subcommands[i]->summary));
	return out;
}

static json_t *titles(void)
{
	json_t *out = json_array();

	for (size_t i = 0; i < topic_count; i++)
		json_array_append_new(out, json_pack("{s:s, s:s}", "name", topics[i].name, "about",
						     topics[i].title));
	return out;
}

static json_t *all_plugins(void)
{
	json_t *out = json_array();

	for (size_t i = 0; i < plugin_count; i++)
		json_array_append_new(out,
				      json_pack("{s:s, s:s, s:b, s:b}", "name", plugins[i]->name,
						"about", plugins[i]->description, "authenticator",
						plugins[i]->authenticator != NULL, "installer",
						plugins[i]->installer != NULL));
	return out;
}

static json_t *challenges(void)
{
	json_t *out = json_array();

	for (size_t i = 0; i < challenge_type_count; i++)
		if (challenge_types[i]->match == NULL)
			json_array_append_new(out, json_string(challenge_types[i]->alias));
	return out;
}

int main(void)
{
	AUTO(json_release)
	json_t *tables = json_pack("{s:o, s:o, s:o, s:o, s:o}", "options", options(), "verbs",
				   verbs(), "topics", titles(), "plugins", all_plugins(),
				   "challenges", challenges());
	AUTO(free) char *text = json_compact(tables);

	return puts(text) < 0 || fflush(stdout) != 0;
}
