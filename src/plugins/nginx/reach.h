/* Whether a name is heard by TLS wherever it is heard in plain HTTP. */
#pragma once

#include "client/plugin.h"
#include "plugins/nginx/target.h"

/* A warning where it is not. */
MUST_CHECK struct err *reach_tell(struct ui *ui, struct config *c, const char *name,
				  const struct target_ports *ports);
