/* What a run would change in a server's configuration (--dry-run). */
#pragma once

#include "client/install/installer.h"

/* Told, for people as a unified diff, and forgotten. */
MUST_CHECK struct err *plan_tell(const struct installer *i, struct client *c);
