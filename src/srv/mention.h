/* Lines of a server's configuration that name a file of a certificate. */
#pragma once

#include "base/str.h"

struct mentions {
	const struct strlist *dirs; /* its directories */
	struct strlist *found;      /* "FILE:LINE" of each line */
};

/*
 * What a line says: a path, relative ones to root. ends_there: it is of a directive for certificates and keys, so a link of somebody's
 * own that leads there counts too.
 */
bool mention_is(const struct mentions *m, const char *root, const char *word, bool ends_there);
