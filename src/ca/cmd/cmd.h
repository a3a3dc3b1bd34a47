/*
 * A subcommand of signet-ca: one file of ca/cmd/ with one `const struct subcommand subcommand_<name>`, named in ca/cmd/meson.build.
 * The command line, --help and usage errors are made of these rows.
 */
#pragma once

#include <stdio.h>

#include "base/opt.h"
#include "base/str.h"
#include "base/world.h"

struct ca_config; /* ca/config/config.h */

#define COMMAND_CONFIG_DEFAULT "/etc/signet-ca/signet-ca.conf"

struct command_option {
	const char *name;  /* "--json" */
	const char *value; /* "FILE": what it takes, for --help; NULL: nothing */
	const char *help;
};

/* One use of a command. */
struct command_run {
	const struct world *world;
	const struct ca_config *config; /* NULL unless the command wants it */
	const char *config_path;        /* --config, or the default */
	struct strlist words;           /* behind the command */
	FILE *out;
	const struct opt_items *options;
};

struct subcommand {
	const char *name;    /* as it is typed: "serve", "list accounts" */
	const char *summary; /* "Serve ACME until told to stop" */
	const char *words;   /* for --help: "ID..."; NULL: takes none */
	size_t min_words, max_words;
	const struct command_option *options;
	size_t option_count;
	bool wants_config; /* reads the file of --config before run */
	/* ERR_USAGE: exit status 2; any other error: 1. */
	struct err *(*run)(const struct command_run *r);
};

/* The last value given; NULL: the option was not given. */
const char *command_value(const struct command_run *r, const char *option);
const char *command_value_or(const struct command_run *r, const char *option, const char *fallback);
bool command_has(const struct command_run *r, const char *option);
/* Words as positive numbers: ids. ERR_USAGE names the one that is none. */
MUST_CHECK struct err *command_id(int64_t *out, const char *word);

extern const struct subcommand *const subcommands[]; /* generated */
extern const size_t subcommand_count;
