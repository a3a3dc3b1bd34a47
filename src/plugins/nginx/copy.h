/* A server block for a name that no block has, made of the default one (certbot.md 15.3). */
#pragma once

#include "plugins/nginx/target.h"

/* Edits c. ERR_CONFIG: there is no single default_server to take. */
MUST_CHECK struct err *copy_default(struct config *c, const struct vhosts *v, const char *name,
				    const struct target_ports *ports);
