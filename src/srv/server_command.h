/* A server's own commands, within this folder. */
#pragma once

#include "srv/webserver.h"

/* With its time limit. ERR_CONFIG with the server's words where it ends badly. */
MUST_CHECK struct err *server_run(const struct webserver *s, const struct world *w,
				  const char *const *argv);
