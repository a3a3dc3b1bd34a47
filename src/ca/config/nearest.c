#include "ca/config/nearest.h"

#include <string.h>

#define WORD_MAX 40

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein's distance, row by row. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t width = strlen(b);

	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < width; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[width];
}

void nearest_try(struct nearest *n, const char *candidate)
{
	if (strlen(n->word) > WORD_MAX || strlen(candidate) > WORD_MAX)
		return;
	size_t d = distance(n->word, candidate);

	if (d * 3 > strlen(candidate) + 1 || (n->found != NULL && d >= n->distance))
		return;
	n->found = candidate;
	n->distance = d;
}
