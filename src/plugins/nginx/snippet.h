/* A file that blocks of other certificates include too: what one block has from it becomes the block's own. */
#pragma once

#include "plugins/nginx/config.h"

/* What comes in the place of a line. */
struct snippet_line {
	const struct directive *instead_of;
	char *text; /* NULL: nothing */
};

struct snippet {
	struct snippet_line *lines;
	size_t count;
};

/* text: taken; NULL: the line goes. d NULL: there is no such line. */
void snippet_change(struct snippet *s, const struct directive *d, char *text);
/* The include is what it names, with these changes. One by a pattern is ERR_CONFIG: what comes to match it later would be missed. */
MUST_CHECK struct err *snippet_take_in(const struct snippet *s, struct edits *e,
				       const struct directive *include);
void snippet_release(struct snippet *s);

AUTO_RELEASE(struct snippet, snippet_release)
