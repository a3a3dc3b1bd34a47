/*
 * Generations of a server's worker processes: after a reload the old ones are to stop accepting. Told by /proc: a child of the
 * master that was there before and still holds a listening socket is old and serving.
 */
#pragma once

#include <sys/types.h>

#include "base/mem.h"

struct generation {
	pid_t master; /* 0: nothing is known, and it counts as gone */
	pid_t *workers;
	size_t count;
};

void generation_note(struct generation *g, pid_t master);
/* One that still accepts; 0: none does. */
pid_t generation_serving(const struct generation *g);
/* Do all of them still accept? */
bool generation_is_whole(const struct generation *g);
/* One that accepts and is younger; 0: there is none. */
pid_t generation_successor(const struct generation *g);
void generation_release(struct generation *g);

AUTO_RELEASE(struct generation, generation_release)
