/* Lineages that renew need not look into, by what earlier runs learned of them (lineage/index.h). */
#pragma once

#include "client/client.h"
#include "client/cmd/ahead.h"
#include "client/lineage/due.h"
#include "client/lineage/index.h"

struct idle_lineages {
	struct lineage_index *index; /* NULL: each lineage is looked into */
	time_t *till; /* for each name: the end of the certificate of a lineage that is known to be idle; 0: read it */
};

/* unfinished: lineages that are to be looked into in any case. */
void idle_lineages_find(struct idle_lineages *out, const struct client *c,
			const struct strlist *names, const struct strlist *unfinished);
void idle_lineages_release(struct idle_lineages *i);

/* a is not due. Its news are kept for the next run. */
MUST_CHECK struct err *idle_lineages_note(struct idle_lineages *i, const struct ahead *a,
					  enum due_news news);
void idle_lineages_save(struct idle_lineages *i, const struct strlist *names);
