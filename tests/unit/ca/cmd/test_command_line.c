#include "check.h"

#include "ca/cmd/command_line.h"
#include "ca/cmd/registry.h"

static struct err *parse(struct command_line *l, const char *line)
{
	AUTO(strlist_release) struct strlist words = { 0 };

	strlist_split(&words, line, ' ');
	return command_line_parse(l, words.count, words.items);
}

static const struct {
	const char *line;
	enum command_action action;
	const char *command; /* NULL: none */
	size_t words;
} good[] = {
	{ "--version", COMMAND_VERSION, NULL, 0 },
	{ "--help", COMMAND_HELP, NULL, 0 },
	{ "-h", COMMAND_HELP, NULL, 0 },
	{ "list accounts", COMMAND_RUN, "list accounts", 0 },
	{ "list accounts --json -c x", COMMAND_RUN, "list accounts", 0 },
	{ "list certificates www.example.org", COMMAND_RUN, "list certificates", 1 },
	{ "revoke certificate 01ab --reason superseded", COMMAND_RUN, "revoke certificate", 1 },
	{ "show account --help", COMMAND_HELP, "show account", 0 },
	{ "show account 1 2 3", COMMAND_RUN, "show account", 3 },
	{ "eab revoke kid-1 --config x", COMMAND_RUN, "eab revoke", 1 },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(command_line_release) struct command_line l = { 0 };

		assert_done(parse(&l, good[i].line));
		assert_int_equal(l.action, good[i].action);
		assert_int_equal(l.words.count, good[i].words);
		if (good[i].command != NULL)
			assert_string_equal(l.command->name, good[i].command);
		else
			assert_null(l.command);
	}
}

static const struct {
	const char *line;
	const char *said;
} bad[] = {
	{ "", "a command is missing" },
	{ "explode", "there is no command \"explode\"" },
	{ "eab", "\"eab\" alone is no command; there is eab add, eab list, eab revoke" },
	{ "eab explode", "\"eab\" alone is no command" },
	{ "--config x list accounts", "there is no command \"--config\"" },
	{ "list accounts x", "\"x\" is too much" },
	{ "show account", "ID... is missing" },
	{ "eab revoke a b", "\"b\" is too much" },
	{ "list accounts --explode", "\"--explode\" is no option of \"list accounts\"" },
	{ "list accounts --config", "expected one argument" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(command_line_release) struct command_line l = { 0 };

		assert_refused(parse(&l, bad[i].line), ERR_USAGE, bad[i].said);
	}
}

static void test_values(void **state)
{
	AUTO(command_line_release) struct command_line l = { 0 };

	(void)state;
	assert_done(parse(&l, "eab add --kid a --kid=b --json -cfile"));
	const struct command_run r = { .options = &l.options };

	assert_string_equal(command_value(&r, "--kid"), "b");
	assert_null(command_value(&r, "--note"));
	assert_true(command_has(&r, "--json"));
	assert_false(command_has(&r, "--expires"));
	assert_string_equal(l.config_path, "file");
}

static void test_id(void **state)
{
	int64_t id = 0;

	(void)state;
	assert_done(command_id(&id, "7"));
	assert_int_equal(id, 7);
	assert_refused(command_id(&id, "0"), ERR_USAGE, "\"0\" is no number of one");
	assert_refused(command_id(&id, "7x"), ERR_USAGE, "\"7x\"");
}

/* Each command is in the help for all, and each of its options in its own. */
static void test_help(void **state)
{
	AUTO(free) char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	command_help(out, NULL);
	for (size_t i = 0; i < subcommand_count; i++)
		command_help(out, subcommands[i]);
	assert_int_equal(fclose(out), 0);
	for (size_t i = 0; i < subcommand_count; i++) {
		const struct subcommand *c = subcommands[i];

		assert_non_null(strstr(text, c->summary));
		for (size_t k = 0; k < c->option_count; k++)
			assert_non_null(strstr(text, c->options[k].help));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),   cmocka_unit_test(test_bad),
		cmocka_unit_test(test_values), cmocka_unit_test(test_id),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
