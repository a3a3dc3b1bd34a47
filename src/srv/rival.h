/* Another server that has taken a port: who it is. */
#pragma once

#include "srv/webserver.h"

/*
 * Takes e, in which s tells that an address is in use, and says who listens on the ports it names: another program, or s itself where
 * that was not seen to run. Any other error, and NULL, comes back as it is.
 */
MUST_CHECK struct err *rival_named(struct err *e, const struct webserver *s, bool seen);
