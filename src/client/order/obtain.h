/* Getting or renewing a certificate with the hooks around it, for `run` and `certonly`. */
#pragma once

#include "client/lineage/reuse.h"

/* *saved NULL: a dry run. */
MUST_CHECK struct err *obtain(struct lineage **saved, struct client *c,
			      const struct reuse_decision *d, const struct cert_names *names);
/* The last words of a run that got one. */
void obtain_report(struct client *c);
