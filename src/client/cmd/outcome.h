/* What became of one lineage of a `renew`: said now, counted for the summary, and remembered for the next run. */
#pragma once

#include "client/cmd/summary.h"

void outcome_renewed(struct summary *s, const struct client *c, const struct lineage *l);
void outcome_failed(struct summary *s, const struct client *c, const struct lineage *l,
		    const struct err *e);
void outcome_put_off(struct summary *s, const struct client *c, const struct lineage *l,
		     const struct setback *why);
/* Its renewal file cannot be used. */
void outcome_broken(struct summary *s, const struct client *c, const char *lineage,
		    const struct err *e);
