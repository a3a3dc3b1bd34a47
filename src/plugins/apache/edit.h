/*
 * Edits of a file's tree. Each changes only its own lines, and follows the file's indentation, line ends and quoting.
 * Text to insert has "\n" after each line, may hold whole sections, and is indented relative to its place.
 */
#pragma once

#include "plugins/apache/tree.h"

/* As the first or last children of a section, or beside a node. */
MUST_CHECK struct err *apache_add_first(struct apache_file *f, struct apache_node *section,
					const char *text);
MUST_CHECK struct err *apache_add_last(struct apache_file *f, struct apache_node *section,
				       const char *text);
MUST_CHECK struct err *apache_add_after(struct apache_file *f, struct apache_node *n,
					const char *text);
/* Another value behind the same name; arguments that go on over lines become one line. */
void apache_set_args(struct apache_file *f, struct apache_node *n, const char *args);
/* One value, quoted if it must be or the one before was. */
void apache_set_value(struct apache_file *f, struct apache_node *n, const char *value);
void apache_comment_out(struct apache_file *f, struct apache_node *n);
void apache_remove(struct apache_file *f, struct apache_node *n);
