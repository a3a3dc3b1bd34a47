/*
 * The grammar of a command line, as Python's argparse reads it: what is an option, which one, and what is its value. What
 * the options mean is the caller's. Long options may be cut to a unique prefix, take "--x value" or "--x=value"; short
 * ones take "-x value" or "-xvalue" and may be bundled (-vvn). A value starts with "-" only behind "=" or "-x", or when it
 * is a number or holds a space. "--" ends the options.
 */
#pragma once

#include "base/err.h"

#define OPT_NAMES_MAX 4

struct opt_spec {
	const char *names
		[OPT_NAMES_MAX]; /* "-d", "--domains", "--domain": the first ones; the rest NULL */
	bool takes_value;
};

enum opt_kind { OPT_OPTION, OPT_WORD, OPT_UNKNOWN };

struct opt_item {
	enum opt_kind kind;
	size_t spec;      /* of an option: its index */
	const char *name; /* of an option: the name of the table that was meant */
	char *text;       /* an option's value (NULL: takes none); else the word as it stands */
	size_t line;      /* of the file that it stands in; 0: of a command line */
};

struct opt_items {
	struct opt_item *items;
	size_t count;
};

struct opt_table {
	const struct opt_spec *(*at)(const void *ctx, size_t index); /* index < count */
	size_t count;
	const void *ctx;
};

/*
 * argv without the program's name -> items in their order. ERR_USAGE in argparse's words: a missing value, a value for
 * an option that takes none, an ambiguous prefix. An unknown option is an item, not an error.
 */
MUST_CHECK struct err *opt_scan(struct opt_items *out, const struct opt_table *t, size_t argc,
				char *const *argv);

/* The option with exactly this name; false: none. */
bool opt_find(size_t *spec, const struct opt_table *t, const char *name);
/* "-d/--domains/--domain", as errors name it. */
char *opt_display(const struct opt_spec *s);

void opt_items_add(struct opt_items *l, struct opt_item item); /* takes its text */
void opt_items_release(struct opt_items *l);

AUTO_RELEASE(struct opt_items, opt_items_release)
