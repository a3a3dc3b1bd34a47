/* The built man pages (MAN_PAGES) against the tables: each option stands in the page of each subcommand it concerns, in no other, and in cli.ini's. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/cmd/cmd.h"
#include "client/opt/option.h"
#include "client/plugin.h"

static char *page(const char *name)
{
	AUTO(free) char *path = fs_join(getenv("MAN_PAGES"), name);
	char *text = NULL;

	assert_done(fs_read(&text, NULL, path, LIMIT_MIB(1)));
	return text;
}

/* "-domains" as mdoc has it behind a macro: "\-domains". */
static char *escaped(const char *name)
{
	AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_KIB(1));

	for (; *name != '\0'; name++)
		buf_addf(&out, "%s%c", *name == '-' ? "\\" : "", *name);
	return xstrdup(buf_str(&out));
}

static bool begins_item(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return str_starts(at, ".It ");
}

/* One of the names of a line ".It Fl d Ar NAME , Fl \\-domains Ar NAME". */
static bool lists(const char *text, const char *macro, const char *name)
{
	AUTO(free) char *wanted = str_fmt(" %s %s", macro, name);

	for (const char *at = text; (at = strstr(at, wanted)) != NULL; at++)
		if (strchr(" \n", at[strlen(wanted)]) != NULL && begins_item(text, at))
			return true;
	return false;
}

static bool lists_option(const char *text, const char *name)
{
	AUTO(free) char *flag = escaped(name + 1);

	return lists(text, "Fl", flag);
}

static bool is_here(const struct option_row *row)
{
	return row->plugin == NULL || plugin_by_name(row->plugin) != NULL;
}

static void check_page(const char *verb)
{
	AUTO(free) char *name = str_fmt("signet-%s.1", verb);
	AUTO(free) char *text = page(name);

	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		for (size_t n = 0; n < OPT_NAMES_MAX && row->spec.names[n] != NULL; n++)
			if (lists_option(text, row->spec.names[n]) != option_concerns(row, verb))
				fail_msg("%s: %s is %s", name, row->spec.names[n],
					 option_concerns(row, verb) ? "missing" : "too much");
	}
}

static void each_subcommand_has_its_options(void **state)
{
	(void)state;
	assert_true(subcommand_count >= 15);
	for (size_t i = 0; i < subcommand_count; i++)
		check_page(subcommands[i]->name);
}

static void the_overview_has_all_options_and_subcommands(void **state)
{
	AUTO(free) char *text = page("signet.1");

	(void)state;
	for (size_t i = 0; i < option_row_count; i++)
		if (is_here(&option_rows[i]) && !lists_option(text, option_rows[i].spec.names[0]))
			fail_msg("signet.1: %s is missing", option_rows[i].spec.names[0]);
	for (size_t i = 0; i < subcommand_count; i++)
		assert_true(lists(text, "Cm", subcommands[i]->name));
}

static bool stands_in_files(const struct option_row *row)
{
	return is_here(row) && row->kind != &kind_config && row->kind != &kind_help &&
	       row->kind != &kind_version;
}

static void every_key_is_in_the_page_of_cli_ini(void **state)
{
	AUTO(free) char *text = page("signet-cli.ini.5");

	(void)state;
	for (size_t i = 0; i < option_row_count; i++) {
		const char *const *names = option_rows[i].spec.names;

		for (size_t n = 0; n < OPT_NAMES_MAX && names[n] != NULL; n++) {
			AUTO(free) char *key = escaped(names[n] + 2);

			if (str_starts(names[n], "--") &&
			    lists(text, "Cm", key) != stands_in_files(&option_rows[i]))
				fail_msg("signet-cli.ini.5: %s", names[n]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_subcommand_has_its_options),
		cmocka_unit_test(the_overview_has_all_options_and_subcommands),
		cmocka_unit_test(every_key_is_in_the_page_of_cli_ini),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
