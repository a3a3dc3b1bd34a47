/*
 * A ConfigObj file as a tree: what ini_parse.c builds, ini.c edits and ini_names.c reads. Every byte of the text is in exactly one place, so
 * writing the pieces one after the other gives the text back. A section's entries stand before its sub-sections: the
 * format has no way to return to a section.
 */
#pragma once

#include "base/ini.h"
#include "base/ini_value.h"

struct ini_entry {
	char *key;
	struct ini_value value;
	char *lead; /* comments and blank lines before it */
	char *head; /* indentation, key, " = " */
	char *body; /* the value as written */
	char *tail; /* white space, comment, line end */
};

struct ini_section {
	char *name;
	struct ini_section *parent; /* NULL at the top */
	size_t depth;
	char *lead;
	char *line; /* "[name] # comment\n" */
	struct ini_entry *entries;
	size_t entry_count;
	struct ini_section **sections;
	size_t section_count;
};

struct ini {
	struct ini_section top;
	char *initial; /* byte order mark, comments before the first entry */
	char *final;   /* comments behind the last one */
	char *eol;     /* the first line end of the file */
	char *indent;  /* the first indentation of the file, used for each level of new lines */
};

struct ini_entry *ini_find_entry(const struct ini_section *s, const char *key);
struct ini_section *ini_find_section(const struct ini_section *s, const char *name,
				     size_t name_len);
/* The section of a path "a/b", NULL when there is none. */
struct ini_section *ini_section_at(const struct ini_section *s, const char *path);

/* Takes the texts. */
struct ini_entry *ini_add_entry(struct ini_section *s, char *key);
struct ini_section *ini_add_section(struct ini_section *s, char *name);
