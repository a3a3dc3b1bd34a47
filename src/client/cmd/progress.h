/* What people are told while renew looks into one lineage after the other. Idle ones are told of many at once. */
#pragma once

#include "client/client.h"

struct progress {
	struct buf idle; /* not told yet */
	bool announced;  /* people know of the lineage in work */
};

struct progress progress_init(void);
void progress_release(struct progress *p);

/* Another lineage is looked into: of one that is idle nothing is said before it is known to be. */
void progress_next(struct progress *p);
/* c: who speaks now. */
void progress_announce(struct progress *p, const struct client *c, const char *name,
		       const char *conf);
void progress_skipped(struct progress *p, const struct client *c, const char *name,
		      const char *conf, time_t not_after);
/* Tells what was not told yet. */
void progress_flush(struct progress *p, const struct client *c);
