/* Taking back what we wrote into a file that somebody has edited since. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/*
 * *out: now without what made fresh of old; what else now has other than fresh stays, as in a three-way merge by lines. *done false:
 * both have changed the same place, and *out is of no use.
 */
MUST_CHECK struct err *merge_back(bool *done, struct buf *out, const struct buf *old, const struct buf *fresh, const struct buf *now);
