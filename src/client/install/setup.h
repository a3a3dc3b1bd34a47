/* A certificate into a server, with all that was asked for besides, by one change and one reload. */
#pragma once

#include "client/install/installer.h"

/*
 * A wildcard among the names stands for the sites that are chosen. *installed: the certificate is, though an error may say that not all the rest could be done. --dry-run: tells the change, and does nothing.
 */
MUST_CHECK struct err *set_up(bool *installed, const struct installer *i, struct client *c,
			      const struct installation *wanted);
