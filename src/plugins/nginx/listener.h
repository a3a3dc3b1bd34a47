/* The lines by which a block listens for TLS on the https port, at the addresses at which it is heard in plain HTTP. */
#pragma once

#include "plugins/nginx/target.h"

struct listener {
	const struct vhosts *vhosts;
	const struct vhost *vhost;
	const struct target_ports *ports;
	const char *name; /* that is to be served */
};

/*
 * ERR_CONFIG: other blocks speak plain HTTP on that port; with the place of their `listen`, and what to do. ERR_BUSY: it is another
 * program's.
 */
MUST_CHECK struct err *listener_plan(const struct listener *l, struct strlist *lines,
				     struct edits *e);
