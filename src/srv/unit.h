/* The systemd service of a server that cannot be seen: who starts a server behind its back leaves it with a wrong idea of it. */
#pragma once

#include "srv/webserver.h"

enum unit_state {
	UNIT_NONE, /* no systemd, no such service, or it is of another configuration */
	UNIT_DOWN,
	UNIT_UP,
};

enum unit_state unit_state(const struct webserver *s, const struct world *w);
/* `systemctl VERB` of its service. */
MUST_CHECK struct err *unit_tell(const struct webserver *s, const struct world *w,
				 const char *verb);
