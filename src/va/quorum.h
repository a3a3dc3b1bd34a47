/* How many perspectives must agree, and from where (ca.md 4, BR 3.2.2.9). Counting only. */
#pragma once

#include "base/json.h"

enum { QUORUM_REMOTES_MIN = 3, QUORUM_REGIONS_MIN = 2, QUORUM_REGIONS = 5 };

struct quorum {
	size_t count, allowed; /* remotes, and how many of them may fail */
	size_t passed, failed;
	bool by_rule, has_regions;
	bool regions[QUORUM_REGIONS]; /* of those that passed */
};

bool quorum_knows_region(const char *name);

/* failures_allowed -1: as the BR say. Is there a number of agreeing remotes that would do? */
bool quorum_is_possible(size_t count, int failures_allowed);

void quorum_init(struct quorum *q, size_t count, int failures_allowed);
/* One of the remotes; region NULL: none. */
void quorum_expect(struct quorum *q, const char *region);
void quorum_hear(struct quorum *q, bool passed, const char *region);

/* Those that passed are from enough regions, or regions do not count. */
bool quorum_spans_regions(const struct quorum *q);
/* Whatever the others say, the verdict stays. */
bool quorum_is_clear(const struct quorum *q);
json_t *quorum_regions(const struct quorum *q); /* names of those that passed */
