/* The plugin that installs certificates, and its work (certbot.md 6.1, 13.5). */
#pragma once

#include "client/client.h"
#include "client/plugin.h"

struct installer {
	const struct plugin *plugin;
	void *state;
	struct plugin_env env;
};

/* The one the options name. None named: an error that says what to do. */
MUST_CHECK struct err *installer_for(struct installer **out, struct client *c, struct options *opt);
void installer_free(struct installer *i);

/* For each name, then restarts the server. */
MUST_CHECK struct err *installer_deploy(const struct installer *i, struct client *c,
					const struct strlist *names,
					const struct deployment *files);
MUST_CHECK struct err *installer_rollback(const struct installer *i, int64_t checkpoints);

AUTO_FREE(struct installer, installer_free)
