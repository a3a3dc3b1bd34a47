/*
 * What earlier runs learned of the lineages, in <work_dir>/signet/index: a cache for machines with thousands of them. Certbot's
 * tree is the truth: an entry counts only while nothing of its lineage has changed, and without the file everything is
 * read again.
 */
#pragma once

#include "base/clock.h"
#include "client/lineage/lineage.h"
#include "client/lineage/look.h"
#include "proto/ari.h"

enum index_source {
	INDEX_READ, /* looked at, then read: the look must have been settled */
	INDEX_WRITTEN, /* its renewal file was written by us, then looked at: it must be the same when all is saved */
};

struct lineage_facts {
	char *name;
	struct look look;
	enum index_source source; /* of what was added in this run */
	bool verified; /* lineage_verify() was content, and LOOK_COUNT files were looked at */
	bool is_test;  /* its server is one for tests */
	time_t not_after;
	time_t nothing_till; /* before this instant it is not due and its CA is not to be asked */
	struct ari_window window; /* that the CA proposes; {0, 0}: none is known */
	char *serial;
	char *key_type;
	char *identifiers; /* separated by spaces */
};

struct lineage_index;

/* Missing, foreign or damaged: an empty one. Keeps t and clock. */
struct lineage_index *index_open(const struct tree *t, const struct clock *clock);
void index_free(struct lineage_index *i);

/* False when one of its files is missing; safe in several threads. */
bool index_look(struct look *out, const struct lineage_index *i, const char *name, size_t count);

/* A loan, NULL when nothing is known or it is not true any more. Safe in several threads while nobody adds. */
const struct lineage_facts *index_find(const struct lineage_index *i, const char *name,
				       const struct look *now, size_t count);

/* The end of each lineage that is known to be idle now (nothing_till is ahead, no file has changed); 0 for the others. */
void index_idle(time_t *not_after, const struct lineage_index *i, const struct strlist *names);

/*
 * Remembers what l is. Lineages at other places, with links that do not fit, that changed a moment ago, or with names that the file
 * cannot hold, are not remembered: false.
 */
bool index_put(struct lineage_index *i, const struct lineage *l, const struct look *look,
	       enum index_source source, bool verified);

/* Writes it if something was added; of what was known before, only lineages of these names stay. */
MUST_CHECK struct err *index_save(struct lineage_index *i, const struct strlist *names);

AUTO_FREE(struct lineage_index, index_free)
