/* Is this lineage due, asking its CA where RFC 9773 lets us? */
#pragma once

#include "client/client.h"
#include "client/lineage/due.h"
#include "client/order/foresight.h"

/* opt: of the command or of the lineage; says whether renewal is forced and how to connect. f: what was asked ahead is taken
 * from there; NULL: nothing was. */
MUST_CHECK struct err *renewal_due(enum due_reason *reason, enum due_news *news, struct client *c,
				   const struct options *opt, const struct lineage *l,
				   struct foresight *f);
/* By what is known already; no CA is asked. */
MUST_CHECK struct err *renewal_due_unasked(enum due_reason *reason, const struct client *c,
					   const struct lineage *l);
/* Will the answer come at once, and without a word to people? */
bool renewal_is_quiet(const struct client *c, const struct options *opt, const struct lineage *l);
/* The form lineage/reuse.h asks in: news are saved in the renewal file. */
MUST_CHECK struct err *renewal_due_now(struct client *c, const struct lineage *l, bool *due);
