/* Deleting a certificate with all that belongs to it, for `delete` and `revoke`. */
#pragma once

#include "client/client.h"

/* Its unfinished order first: what is left of a killed run is then found by the lineage. Tells people. */
MUST_CHECK struct err *discard_certificate(struct client *c, const char *name);
