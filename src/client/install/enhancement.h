/* What a server can be told besides its certificate: --redirect, --hsts, --uir, --staple-ocsp, --auto-hsts. */
#pragma once

#include "client/install/installer.h"

bool enhancements_asked(const struct options *opt);
/* ERR_CONFIG for what must not be passed over: --auto-hsts, and --must-staple, which asks for stapling. */
MUST_CHECK struct err *enhancements_check(const struct installer *i, struct options *opt);
/* Plans and carries out those that were asked for, as one change; says which of them this installer passes over. --dry-run: tells
 * what would be changed, with what has been planned before. */
MUST_CHECK struct err *enhancements_apply(const struct installer *i, struct client *c,
					  const struct installation *what);
