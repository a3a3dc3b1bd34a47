/*
 * Edits on a text that itself stays as it is: each puts new bytes in the place of a range of it. What no edit names comes out
 * byte for byte. Ranges are of the text as it was, whatever was edited before.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

struct splice {
	size_t start, end; /* what goes; start == end: nothing */
	size_t turn;       /* of two at one place the earlier comes first */
	char *text;        /* what comes */
};

/* Zero-filled: no edits. */
struct splices {
	struct splice *items;
	size_t count;
};

void splices_insert(struct splices *s, size_t at, const char *text);
void splices_replace(struct splices *s, size_t start, size_t end, const char *text);

/* The edited text, NUL-ended. Ranges that overlap or lie outside of the text are ERR_INTERNAL. */
MUST_CHECK struct err *splices_apply(char **out, size_t *out_len, struct splices *s,
				     const char *text, size_t len);
void splices_release(struct splices *s);

AUTO_RELEASE(struct splices, splices_release)
