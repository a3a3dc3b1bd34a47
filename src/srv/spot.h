/*
 * Where a file is, held open: whoever may write in a directory above it can lead its path elsewhere while we work, and we are
 * often root. Whatever is done at a spot is done in that very directory, and follows no link there.
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"

struct spot {
	char *path;  /* without links: a rename over a link would replace the link */
	int dir;     /* what it is in */
	char *name;  /* there */
	char *fresh; /* beside it; begins with a dot, so that a `*` of a server's include does not find it */
};

#define SPOT_NOWHERE { .dir = -1 }

/* Of the file that path leads to, as it is now; of path itself where it leads to nothing. The caller's. */
char *spot_real_path(const char *path);
/* real: as spot_real_path() has said. out->dir -1: a directory of it is gone, or a link stands in its way now. */
MUST_CHECK struct err *spot_find(struct spot *out, const char *real);
/* ERR_IO then. */
MUST_CHECK struct err *spot_open(struct spot *out, const char *real);
void spot_release(struct spot *s);

/* What stands there; lost: dir is -1. A link was put in its place. */
enum spot_holds { SPOT_LOST, SPOT_EMPTY, SPOT_FILE, SPOT_LINK, SPOT_OTHER };
MUST_CHECK struct err *spot_look(enum spot_holds *out, const struct spot *s);
MUST_CHECK struct err *spot_unlink_fresh(const struct spot *s);

AUTO_RELEASE(struct spot, spot_release)
