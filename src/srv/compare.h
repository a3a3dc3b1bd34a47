/* Two texts line by line, or statement by statement: which of them only one text has. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

struct line {
	const char *text;
	size_t len;      /* with its line end, which the last one may not have */
	const char *key; /* what is compared */
	size_t key_len;
};

struct side {
	struct line *lines;
	size_t count;
	bool *changed; /* of each line: only on this side */
};

/* The lines are loans of text. */
struct side side_of(const struct buf *text);
/* Up to a `;`, `{` or `}` and the blanks behind it, or a line's end: what several on one line are taken apart by. */
struct side side_of_statements(const char *text, size_t len);
/* Blanks around a line do not count: somebody may have indented it anew, or ended it by CR LF. */
void side_ignore_blanks(struct side *s);
void side_release(struct side *s);
bool line_same(const struct line *a, const struct line *b);
/* Marks what is changed, least first; in texts that differ in very many lines all that is between the first and the last of them. */
void compare(struct side *old, struct side *fresh);

AUTO_RELEASE(struct side, side_release)
