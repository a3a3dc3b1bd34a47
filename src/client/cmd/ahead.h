/*
 * Lineages that `renew` will look into next, read side by side. What is read is as it was before the first of them is worked
 * on: who has changed something since reads the rest again.
 */
#pragma once

#include "client/client.h"
#include "client/lineage/index.h"
#include "client/order/foresight.h"

struct ahead {
	struct look look; /* at the lineage, before it was read */
	bool looked;
	struct lineage *lineage;
	struct options *opt; /* the command's, and the lineage's where the command says nothing */
	struct err *broken;  /* why there is no lineage or opt */
	struct foresight foresight; /* of who has asked ahead */
};

/* index NULL: no looks. */
void ahead_read(struct ahead *out, struct client *c, const struct lineage_index *index,
		const char *name);
/* Those with idle_till[i] == 0. */
void ahead_read_all(struct ahead *out, struct client *c, const struct lineage_index *index,
		    char *const *names, const time_t *idle_till, size_t count);
void ahead_release(struct ahead *a);

AUTO_RELEASE(struct ahead, ahead_release)
