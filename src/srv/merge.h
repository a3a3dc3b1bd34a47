/* Taking back what we wrote into a file that somebody has edited since. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * *out: now without what made fresh of old; what else now has other than fresh stays, as in a three-way merge by lines, and where these
 * do not do by statements. Where both have changed the same, it stays as it is now, and *disputed gets the lines of *out: "12", "12-15".
 */
MUST_CHECK struct err *merge_back(struct strlist *disputed, struct buf *out, const struct buf *old,
				  const struct buf *fresh, const struct buf *now);
