/* Randomness handed in. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct rand_source {
	void (*bytes)(const struct rand_source *r, void *out, size_t len); /* never fails */
};

extern const struct rand_source system_random; /* getrandom(2) */

/* Uniform in 0 .. bound-1; bound > 0. */
uint64_t rand_below(const struct rand_source *r, uint64_t bound);
