/* Is this lineage due, asking its CA where RFC 9773 lets us; what was learned is saved in its renewal file. */
#pragma once

#include "client/client.h"
#include "client/lineage/due.h"

/* opt: of the command or of the lineage; says whether renewal is forced and how to connect. */
MUST_CHECK struct err *renewal_due(enum due_reason *reason, struct client *c, const struct options *opt, const struct lineage *l);
/* The form lineage/reuse.h asks in. */
MUST_CHECK struct err *renewal_due_now(struct client *c, const struct lineage *l, bool *due);
