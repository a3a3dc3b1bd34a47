/*
 * Running another program, handed in as `struct spawner`, so that tests see commands instead of running them.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct interrupt;

struct command {
	const char *const *argv; /* NULL-ended; argv[0] looked up in environment_dirs() */
	const struct strlist *set;   /* NAME=VALUE, for environment_build(); may be NULL */
	const struct strlist *unset; /* names, for the same; may be NULL */
	const char *input;           /* written to its stdin; NULL: inherits ours */
	size_t max_output;           /* ceiling of each captured stream; more is read and dropped, `cut` is set */
	int timeout_ms;              /* 0: none */
	/*
	 * After its end, how long what it left behind is listened to. What a daemon writes later is read by a process of its own
	 * (base/reader.h), for output that nobody reads would kill it. 0: neither.
	 */
	int linger_ms;
	const struct interrupt *stop; /* the group is ended by SIGTERM, then SIGKILL; may be NULL */
};

struct command_result {
	int status; /* exit status; 128 + signal when it died by one */
	char *out;  /* stdout, NUL-ended */
	char *err;  /* stderr */
	bool cut;
};

struct spawner {
	/* Runs to the end. A program that exits non-zero is a result, not an error; ERR_IO when it cannot be started. */
	struct err *(*run)(const struct spawner *s, const struct command *c,
			   struct command_result *out);
};

extern const struct spawner system_spawner;

/* The same through /bin/sh -c. */
MUST_CHECK struct err *spawn_shell(const struct spawner *s, const char *line,
				   const struct command *rest, struct command_result *out);

/* Where an executable of this name is (environment_dirs(), or name itself if it has a slash); NULL if nowhere. */
char *program_path(const char *name);

void command_result_release(struct command_result *r);
AUTO_RELEASE(struct command_result, command_result_release)
