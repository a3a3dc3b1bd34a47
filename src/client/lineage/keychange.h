/* The type of a lineage's key does not change by accident (certbot.md 6.2, points 5 and 6). */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

/*
 * *changes: the key's type is to become the one the options ask for. The person is asked where it is not clear; when only the default
 * asks for another type, the options are set to the type that is there.
 */
MUST_CHECK struct err *keychange_confirm(bool *changes, struct client *c, struct options *opt,
					 const struct lineage *l);
