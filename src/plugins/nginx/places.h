/* Where a name is served by TLS: the sockets on which a block answers for it, and the certificates that it has. */
#pragma once

#include "plugins/nginx/config.h"
#include "srv/endpoint.h"

MUST_CHECK struct err *places_find(struct endpoints *out, struct config *c, const char *name);
/* Is one of them on this port? */
MUST_CHECK struct err *places_have_port(bool *out, struct config *c, const char *name,
					unsigned port);
