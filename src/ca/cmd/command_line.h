/* argv -> which command, with what. */
#pragma once

#include "ca/cmd/cmd.h"

enum command_action { COMMAND_RUN, COMMAND_HELP, COMMAND_VERSION };

struct command_line {
	enum command_action action;
	const struct subcommand *command; /* NULL: help for all */
	struct opt_items options;
	struct strlist words;
	const char *config_path;
};

/* ERR_USAGE. out->command is set as far as it was understood, also then. */
MUST_CHECK struct err *command_line_parse(struct command_line *out, size_t argc, char *const *argv);
void command_line_release(struct command_line *l);

/* Help for this command, or for all (NULL); the line behind "usage:". */
void command_help(FILE *out, const struct subcommand *c);
void command_usage(FILE *out, const struct subcommand *c);

AUTO_RELEASE(struct command_line, command_line_release)
