/* After a certificate was renewed: the server that has it is told, and shows it (certbot.md 12.1). */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

/* By the installer that opt names; none, or one that Signet does not have: nothing happens. */
MUST_CHECK struct err *reload_for(struct client *c, struct options *opt, const struct lineage *l);
