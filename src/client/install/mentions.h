/* The servers of this machine that a plugin can read, and what of certificates their configurations name. */
#pragma once

#include "client/install/opened.h"

struct readers {
	struct opened **items;
	size_t count;
};

/* A server that is not there, or that cannot be read now, has nothing to say. */
MUST_CHECK struct err *readers_open(struct readers *out, struct client *c);
/* Adds "FILE:LINE" of the lines that name files of this lineage. */
void readers_find(struct strlist *out, const struct readers *r, const struct client *c,
		  const char *lineage);
/* What is named somewhere is going to be deleted. Nothing is: nothing is said. */
void mentions_warn(struct client *c, const char *lineage, const struct strlist *places);
void readers_close(struct readers *r);

AUTO_RELEASE(struct readers, readers_close)
