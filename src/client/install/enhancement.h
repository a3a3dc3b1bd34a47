/* What a server can be told besides its certificate: --redirect, --hsts, --uir, --staple-ocsp, --auto-hsts. */
#pragma once

#include "client/install/installer.h"

bool enhancements_asked(const struct options *opt);
/* ERR_CONFIG for what must not be passed over: --auto-hsts. */
MUST_CHECK struct err *enhancements_check(const struct options *opt);
/* Says which of those asked for this installer passes over. */
void enhancements_skip(struct client *c);
