/*
 * One option is one row: its names, what it does with its value, where the value is kept, and what people are told about
 * it. Everything else (parsing, defaults, copying, the renewal file, help) is a loop over the rows.
 */
#pragma once

#include <stddef.h>

#include "base/opt.h"
#include "client/opt/options.h"

enum option_store { STORE_NONE, STORE_TEXT, STORE_BOOL, STORE_INT, STORE_LIST, STORE_MAP };

struct option_row;

/* What -d and -w have said so far: their order counts (certbot.md 14.2). */
struct name_state {
	bool names_before_root;
};

struct option_setter {
	struct options *o;
	struct name_state *names;
	const struct option_row *row;
};

struct option_kind {
	enum option_store store;
	bool takes_value;
	bool repeats; /* each occurrence adds */
	/* ERR_USAGE: not a value of this option; ERR_CONFIG: understood, but it cannot be. value NULL: takes none. */
	struct err *(*set)(const struct option_setter *s, const char *value);
};

#define NO_MEMBER ((size_t)-1)

struct option_row {
	struct opt_spec spec;
	const struct option_kind *kind;
	size_t member; /* offset in struct options, or NO_MEMBER */
	const char *metavar;
	const char *preset;   /* default, as text; a bool with one is true */
	const char *choices;  /* of kind_choice: "rsa ecdsa" */
	const char *plugin;   /* belongs to this plugin; of kind_plugin: the one it names */
	const char *conf_key; /* in [renewalparams] */
	const char *topics;   /* sections of the help that show it; NULL: hidden */
	const char *
		verbs; /* subcommands that it changes; "": none; NULL: those of its plugin, else all */
	const char *help; /* for people; of kind_noted: what they are told when they use it */
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;
extern const struct opt_table option_table;

extern const struct option_kind kind_true, kind_false, kind_count, kind_text, kind_path,
	kind_command, kind_name, kind_choice, kind_choice_any_case, kind_port, kind_number,
	kind_jobs, kind_domains, kind_addresses, kind_root, kind_root_map, kind_challenges,
	kind_comment, kind_request, kind_plugin, kind_config, kind_help, kind_version,
	kind_accepted, kind_accepted_value, kind_noted;

/* The first row that keeps its value in the same member, which stand together: the one whose source counts. */
size_t option_home(size_t row);
/* Row of a long name without its dashes ("http-01-port"). */
size_t option_index(const char *long_name);
/* Whether man pages and completion show it for this subcommand. Every option is accepted with every one. */
bool option_concerns(const struct option_row *row, const char *verb);

/* Sections of the help that are neither a subcommand nor a plugin. */
struct topic {
	const char *name, *title;
};

extern const struct topic topics[];
extern const size_t topic_count;

static inline void *option_member(struct options *o, const struct option_row *row)
{
	return (char *)o + row->member;
}

static inline const void *option_member_const(const struct options *o, const struct option_row *row)
{
	return (const char *)o + row->member;
}

/* opt/names.c */
struct err *names_add_domains(struct options *o, const char *typed, struct strlist *added);
struct err *names_add_addresses(struct options *o, const char *typed);
struct err *names_add_root(const struct option_setter *s, const char *value);
struct err *names_add_root_map(const struct option_setter *s, const char *value);
void names_give_last_root(struct options *o); /* to the names that have none */

/* opt/foreign.c: --csr */
struct err *foreign_set(const struct option_setter *s, const char *value);
struct err *foreign_check(struct options *o); /* adds the names of the request */

/* opt/config_file.c: adds one item for each key of the file. */
struct err *config_file_read(struct opt_items *out, const char *path);
struct err *config_text_read(struct opt_items *out, const char *text,
			     const char *path); /* path: for errors */

/* opt/rules.c: what only can be said when everything is known (certbot.md 2.4). */
struct err *options_check(struct options *o);
