/* Which web root serves which name: as -w and --webroot-map say, or a person who is asked. */
#pragma once

#include "client/plugin.h"

/* Is each name's root known, or can somebody be asked for it? ERR_CONFIG names what is wrong with a root. */
MUST_CHECK struct err *webroot_check_names(const struct options *opt, const struct strlist *names,
					   bool can_ask);
/* *root is the caller's. The map of the options keeps for renewals what the last -w or a person said. */
MUST_CHECK struct err *webroot_root_for(char **root, const struct plugin_env *env,
					const char *name);
