/* A subcommand is one file with one const struct subcommand, named in cmd/meson.build. */
#pragma once

#include "base/err.h"

struct client;

struct subcommand {
	const char *name;
	const char *summary;  /* one line of help */
	bool needs_tree;      /* lock and create the directories first */
	bool may_run_unlocked; /* `plugins`: goes on without the locks */
	struct err *(*run)(struct client *c);
};

extern const struct subcommand *const subcommands[]; /* generated */
extern const size_t subcommand_count;
const struct subcommand *subcommand_by_name(const char *name); /* also aliases: auth = certonly */
