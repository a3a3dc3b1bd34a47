/* One key of the configuration file as a row: where it stands, what it takes, what it means. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum config_kind {
	CONFIG_TEXT,     /* char * */
	CONFIG_PATH,     /* char *; relative to the file's directory */
	CONFIG_LIST,     /* struct strlist; by commas */
	CONFIG_PATHS,    /* struct strlist of paths */
	CONFIG_NUMBER,   /* int64_t, min..max */
	CONFIG_DURATION, /* int64_t seconds: "90s", "5m", "8h", "7d"; min..max in seconds */
	CONFIG_SWITCH,   /* bool: yes, no, on, off, true, false */
	CONFIG_CHOICE,   /* int: the index of one of words */
	CONFIG_RATE,     /* struct rate: "300 / 3h", "off" */
	CONFIG_KIND_COUNT,
};

struct config_key {
	const char *name;
	enum config_kind kind;
	size_t offset;        /* in its section's struct */
	const char *fallback; /* as if it stood in the file; NULL: empty */
	const char *doc;      /* lines by \n */
	int64_t min, max;
	const char *const *words; /* NULL-ended */
	/* Of a text, a path or each item of a list; NULL: anything goes. `form` names what it takes: "a network such as ..." */
	bool (*fits)(const char *text);
	const char *form;
	bool restart; /* what it says is taken up at the start only... */
	bool live;    /* ...and this at once, although its section is not */
};

#define CONFIG_NO_MAX INT64_MAX

struct config_section {
	const char *name; /* "server"; of a repeated one the first word: "[profile classic]" */
	const char *doc;
	const struct config_key *keys;
	size_t key_count;
	size_t size;   /* of its struct */
	size_t offset; /* in struct ca_config: of the struct, or of the pointer to the array */
	bool restart;  /* all keys but live ones */
	/* repeated: the struct's first member is its `char *name` */
	bool repeated;
	size_t count_offset; /* in struct ca_config: how many there are */
};

extern const struct config_section *const config_sections[];
extern const size_t config_section_count;

bool config_key_needs_restart(const struct config_section *section, const struct config_key *key);

/* One file each: rows_<name>.c. */
extern const struct config_section config_section_server, config_section_directory,
	config_section_accounts, config_section_limits, config_section_log, config_section_store,
	config_section_policy, config_section_profile, config_section_issuer, config_section_va,
	config_section_perspective, config_section_test;
