/*
 * New lines in a block, in the style of its file: its indentation, its line ends. Other lines stay as they are; one that is parted
 * has each of its directives on a line afterwards.
 */
#pragma once

#include "base/str.h"
#include "plugins/nginx/document.h"

/* Lines as they stand in the block, without indentation and line end; one that is deeper brings its own "\t" for each level. */
void insert_first(struct splices *s, const struct directive *block, const struct strlist *lines);
void insert_last(struct splices *s, const struct directive *block, const struct strlist *lines);
/* Behind directive d, on lines of their own. */
void insert_behind(struct splices *s, const struct directive *d, const struct strlist *lines);
/* In the place of directive d and of the comment on its line. */
void insert_instead(struct splices *s, const struct directive *d, const struct strlist *lines);
/* That of the file's first line. */
const char *insert_line_end(const struct document *d);
