/* All that nginx answers challenges with: edits of its configuration, and what they lean on. */
#pragma once

#include "client/plugin.h"
#include "plugins/nginx/config.h"
#include "plugins/tls_door.h"

struct publication {
	const struct plugin_env *env;
	struct config *config;  /* is edited */
	struct change *change;  /* gets files beside the configuration */
	struct tls_door **door; /* opened where a task needs it */
};

MUST_CHECK struct err *publication_plan(const struct publication *p, const struct task *tasks,
					size_t n);
