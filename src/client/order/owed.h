/*
 * Deploy hooks are owed until they have succeeded: the order's journal stays until then. A run that was killed between
 * saving and deploying is finished by the next one without another order.
 */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"
#include "client/order/journal.h"

/* Runs them now; the journal goes when all succeeded, else it remembers that they failed. */
MUST_CHECK struct err *owed_deploy(struct client *c, const struct options *opt, const struct lineage *l, struct journal *j);

/* The lineage was saved by a run that was killed before its hooks: yields it with the journal of the order, for owed_deploy()
 * (*out NULL: nothing is owed). Not when the certificate has become due since, and not for hooks that ran and failed. */
MUST_CHECK struct err *owed_find(struct lineage **out, struct journal **journal, struct client *c, const struct lineage *l);

/* Does its journal ask for a renewal, to go on with the order or to run hooks that have not failed yet? */
MUST_CHECK struct err *owed_by_journal(bool *yes, const struct client *c, const struct lineage *l);

/* Hooks that failed last time, for a lineage that is not due: once more. */
MUST_CHECK struct err *owed_retry(struct client *c, const struct options *opt, const struct lineage *l);
