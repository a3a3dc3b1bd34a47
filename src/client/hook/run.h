/* Running one command of the user and showing what it said, as Certbot does (certbot.md 11.2). For plugins too. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "base/world.h"
#include "client/opt/options.h"

struct ui;

/* "" takes a hook away, as of a renewal file. */
static inline bool hook_is_set(const char *command)
{
	return command != NULL && *command != '\0';
}

struct hook_call {
	const char *label;   /* "pre-hook", "--manual-auth-hook" */
	const char *about;   /* the name it is run for; may be NULL */
	const char *command; /* for /bin/sh -c */
	const struct strlist *env;   /* NAME=VALUE, for this command only; may be NULL */
	const struct strlist *unset; /* may be NULL */
};

/* out (may be NULL): its stdout. status (may be NULL): of the command; not 0 has been told to people, and is no error. */
MUST_CHECK struct err *hook_run(const struct world *w, struct ui *ui, const struct hook_call *call, char **out, int *status);

/* Unless --disable-hook-validation: is the first word of command (may be NULL) an executable? ERR_CONFIG names the way out. */
MUST_CHECK struct err *hook_validate(const struct options *opt, const char *label, const char *command);
