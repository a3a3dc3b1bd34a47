/* Which certificates a subcommand is for: --cert-name, or those that a person picks (certbot.md 5, 6). */
#pragma once

#include "client/client.h"

MUST_CHECK struct err *lineage_pick_one(char **name, struct client *c, const char *text);
MUST_CHECK struct err *lineage_pick_some(struct strlist *names, struct client *c, const char *text);
