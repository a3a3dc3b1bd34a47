/*
 * The line as Apache reads it: a backslash before a line end joins the next one, in comments and section heads too, however many
 * backslashes there are. Its words are split by white space and may be quoted (ap_cfg_getline, ap_getword_conf of httpd 2.4).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct apache_line {
	size_t from, to; /* its bytes in the file, line end included */
	unsigned number; /* of its first line, from 1 */
	unsigned count;  /* of lines joined */
	char *text;      /* joined and trimmed */
};

/* The line at `from`; false at the end of the file. text is the caller's. */
bool apache_line_read(struct apache_line *out, const char *data, size_t len, size_t from);


/* The next word of *rest, without quotes and escapes, and *rest behind it; NULL: there is none. The caller's. */
char *apache_word(const char **rest);
/* The word as an argument, in quotes where it needs them or the style has them. The caller's. */
char *apache_quoted(const char *word, bool always);
