/* Another server that has taken a port: who it is. */
#pragma once

#include "base/err.h"

/*
 * Takes e, in which a server tells that an address is in use, and says who listens on the ports it names, unless that is one of
 * programs (NULL-ended). Any other error, and NULL, comes back as it is.
 */
MUST_CHECK struct err *rival_named(struct err *e, const char *const *programs);
