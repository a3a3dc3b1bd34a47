/*
 * A server's file with other bytes and nothing else changed about it: owner, mode, extended attributes, links to it and its
 * being a link stay. It is exchanged by a rename; where that would lose something (hard links, attributes that cannot be copied, a
 * file that is a mount point) it is overwritten in place, which is safe once its old bytes are in a checkpoint.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "srv/spot.h"

/* Paths called `real` are as spot_real_path() has said: no link is followed there any more. */

/* It must be there. */
MUST_CHECK struct err *file_rewrite(const char *real, const struct buf *bytes);
/* A checkpoint's copy: these bytes, with path's mode, times, and as far as allowed owner and attributes. An old `to` is replaced. */
MUST_CHECK struct err *file_save(const char *path, const struct buf *bytes, const char *to);
/* Back from it: bytes and times; owner, mode and attributes are those of the file that is there, else the copy's. A link there gives way. */
MUST_CHECK struct err *file_restore(const char *copy, const char *real);
/* What a killed file_rewrite() or file_restore() may have left beside it. */
MUST_CHECK struct err *file_clear_leftover(const char *real);
/* What stands there now. */
MUST_CHECK struct err *file_look(enum spot_holds *out, const char *real);

/* Made at path: owner, mode and attributes of `like`, as far as allowed; the time is now. No link is followed at path. */
MUST_CHECK struct err *file_make(const char *path, const struct buf *bytes, const char *like);
/* The same, like an open file, which may have no name any more. */
MUST_CHECK struct err *file_make_again(const char *real, const struct buf *bytes, int like);

MUST_CHECK struct err *file_load(struct buf *out, const char *path);
