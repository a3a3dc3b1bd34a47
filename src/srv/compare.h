/* Two texts line by line: which lines only one of them has. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

struct line {
	const char *text;
	size_t len; /* with its line end, which the last one may not have */
};

struct side {
	struct line *lines;
	size_t count;
	bool *changed; /* of each line: only on this side */
};

bool line_same(const struct line *a, const struct line *b);
/* The lines are loans of text. */
struct side side_of(const struct buf *text);
void side_release(struct side *s);
/* Marks what is changed, least first; in texts that differ in very many lines all that is between the first and the last of them. */
void compare(struct side *old, struct side *fresh);

AUTO_RELEASE(struct side, side_release)
