/* "Did you mean": the word of a table that a misspelt one is closest to. */
#pragma once

#include <stddef.h>

struct nearest {
	const char *word;
	const char *found; /* NULL: none is close */
	size_t distance;
};

/* Shows it one word of the table. */
void nearest_try(struct nearest *n, const char *candidate);
