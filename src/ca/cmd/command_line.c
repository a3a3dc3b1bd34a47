#include "ca/cmd/command_line.h"

#include <string.h>

/* Of every command, and of those that want the configuration. */
static const struct command_option help_option = { "--help", NULL, "Show this help" };
static const struct command_option config_option = {
	"--config", "FILE", "Configuration (default: " COMMAND_CONFIG_DEFAULT ")"
};

enum { COMMON_OPTIONS = 2 };

static size_t option_count(const struct subcommand *c)
{
	return (c->wants_config ? COMMON_OPTIONS : COMMON_OPTIONS - 1) + c->option_count;
}

/* The command's own, --help, --config. */
static const struct command_option *option_at(const struct subcommand *c, size_t i)
{
	if (i < c->option_count)
		return &c->options[i];
	return i == c->option_count ? &help_option : &config_option;
}

static const char *letter_of(const char *name)
{
	if (streq(name, help_option.name))
		return "-h";
	return streq(name, config_option.name) ? "-c" : NULL;
}

/* --- which command --- */

static size_t words_in(const char *name)
{
	return strchr(name, ' ') != NULL ? 2 : 1;
}

static bool is_named(const struct subcommand *c, size_t argc, char *const *argv)
{
	AUTO(free) char *typed = NULL;

	if (argc < words_in(c->name))
		return false;
	typed = words_in(c->name) == 2 ? str_fmt("%s %s", argv[0], argv[1]) : xstrdup(argv[0]);
	return streq(typed, c->name);
}

static const struct subcommand *find(size_t argc, char *const *argv)
{
	for (size_t i = 0; i < subcommand_count; i++)
		if (is_named(subcommands[i], argc, argv))
			return subcommands[i];
	return NULL;
}

/* "list accounts, list orders": what could have been meant by "list". */
static struct err *unknown(const char *word)
{
	AUTO(strlist_release) struct strlist near = { 0 };
	AUTO(free) char *start = str_fmt("%s ", word);

	for (size_t i = 0; i < subcommand_count; i++)
		if (str_starts(subcommands[i]->name, start))
			strlist_add(&near, subcommands[i]->name);
	if (near.count == 0)
		return err_new(ERR_USAGE, "there is no command \"%s\" (see signet-ca --help)",
			       word);
	AUTO(free) char *all = strlist_join(&near, ", ");

	return err_new(ERR_USAGE, "\"%s\" alone is no command; there is %s", word, all);
}

/* --- options --- */

static struct opt_spec *specs_of(const struct subcommand *c)
{
	struct opt_spec *specs = xcalloc(option_count(c), sizeof(*specs));

	for (size_t i = 0; i < option_count(c); i++) {
		const struct command_option *o = option_at(c, i);

		specs[i].names[0] = o->name;
		specs[i].names[1] = letter_of(o->name);
		specs[i].takes_value = o->value != NULL;
	}
	return specs;
}

static const struct opt_spec *spec_at(const void *ctx, size_t i)
{
	const struct opt_spec *specs = ctx;

	return &specs[i];
}

static struct err *sort_items(struct command_line *l)
{
	for (size_t i = 0; i < l->options.count; i++) {
		const struct opt_item *item = &l->options.items[i];

		if (item->kind == OPT_UNKNOWN)
			return err_new(ERR_USAGE, "\"%s\" is no option of \"%s\"", item->text,
				       l->command->name);
		if (item->kind == OPT_WORD)
			strlist_add(&l->words, item->text);
		else if (streq(item->name, help_option.name) || streq(item->name, "-h"))
			l->action = COMMAND_HELP;
		else if (streq(item->name, config_option.name) || streq(item->name, "-c"))
			l->config_path = item->text;
	}
	return NULL;
}

static struct err *check_words(const struct command_line *l)
{
	const struct subcommand *c = l->command;

	if (l->action == COMMAND_HELP)
		return NULL;
	if (l->words.count > c->max_words)
		return err_new(ERR_USAGE, "\"%s\" is too much", l->words.items[c->max_words]);
	if (l->words.count < c->min_words)
		return err_new(ERR_USAGE, "%s is missing", c->words);
	return NULL;
}

static struct err *parse_options(struct command_line *l, size_t argc, char *const *argv)
{
	AUTO(free) struct opt_spec *specs = specs_of(l->command);
	const struct opt_table table = { spec_at, option_count(l->command), specs };

	TRY(opt_scan(&l->options, &table, argc, argv));
	TRY(sort_items(l));
	return check_words(l);
}

struct err *command_line_parse(struct command_line *out, size_t argc, char *const *argv)
{
	*out = (struct command_line){ .config_path = COMMAND_CONFIG_DEFAULT };
	if (argc == 0)
		return err_new(ERR_USAGE, "a command is missing (see signet-ca --help)");
	if (streq(argv[0], "--version") || streq(argv[0], "--help") || streq(argv[0], "-h")) {
		out->action = streq(argv[0], "--version") ? COMMAND_VERSION : COMMAND_HELP;
		return NULL;
	}
	out->command = find(argc, argv);
	if (out->command == NULL)
		return unknown(argv[0]);
	size_t used = words_in(out->command->name);

	return parse_options(out, argc - used, argv + used);
}

void command_line_release(struct command_line *l)
{
	opt_items_release(&l->options);
	strlist_release(&l->words);
}

/* --- what commands ask --- */

static const struct opt_item *last_given(const struct command_run *r, const char *option)
{
	for (size_t i = r->options->count; i-- > 0;)
		if (r->options->items[i].kind == OPT_OPTION &&
		    streq(r->options->items[i].name, option))
			return &r->options->items[i];
	return NULL;
}

const char *command_value(const struct command_run *r, const char *option)
{
	const struct opt_item *item = last_given(r, option);

	return item != NULL ? item->text : NULL;
}

const char *command_value_or(const struct command_run *r, const char *option, const char *fallback)
{
	const char *value = command_value(r, option);

	return value != NULL ? value : fallback;
}

bool command_has(const struct command_run *r, const char *option)
{
	return last_given(r, option) != NULL;
}

struct err *command_id(int64_t *out, const char *word)
{
	if (str_to_int(word, 1, INT64_MAX, out))
		return NULL;
	return err_new(ERR_USAGE, "\"%s\" is no number of one", word);
}

/* --- help --- */

void command_usage(FILE *out, const struct subcommand *c)
{
	if (c == NULL) {
		(void)fprintf(out, "usage: signet-ca COMMAND [OPTION...]\n");
		return;
	}
	(void)fprintf(out, "usage: signet-ca %s [OPTION...]%s%s\n", c->name,
		      c->words != NULL ? " " : "", c->words != NULL ? c->words : "");
}

static void help_command(FILE *out, const struct subcommand *c)
{
	(void)fprintf(out, "\n%s.\n\n", c->summary);
	for (size_t i = 0; i < option_count(c); i++) {
		const struct command_option *o = option_at(c, i);
		const char *letter = letter_of(o->name);
		AUTO(free)
		char *left = str_fmt("%s%s%s%s%s", letter != NULL ? letter : "",
				     letter != NULL ? ", " : "", o->name,
				     o->value != NULL ? " " : "", o->value != NULL ? o->value : "");

		(void)fprintf(out, "  %-24s %s\n", left, o->help);
	}
}

void command_help(FILE *out, const struct subcommand *c)
{
	command_usage(out, c);
	if (c != NULL) {
		help_command(out, c);
		return;
	}
	(void)fprintf(out, "\nAn ACME certificate authority.\n\n");
	for (size_t i = 0; i < subcommand_count; i++)
		(void)fprintf(out, "  %-24s %s\n", subcommands[i]->name, subcommands[i]->summary);
	(void)fprintf(out, "\n\"signet-ca COMMAND --help\" tells more; --version says which.\n");
}
