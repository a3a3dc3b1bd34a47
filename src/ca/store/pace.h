/*
 * How much is purged at once, and for how long others have the store to themselves afterwards: who waits behind a purge does so on a
 * slow disk for as long as on a fast one, and most of the time there is none.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct pace {
	size_t limit; /* objects of a kind */
	int64_t pause_ms;
};

struct pace pace_first(void);
/* After the store took so long for one purge. */
void pace_learn(struct pace *p, int64_t took_ms);
