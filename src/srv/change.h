/*
 * A planned change of a server's configuration: files' new contents, files and links to make, commands to run. It is data until
 * change_write(): shown as a diff, refused when somebody else has changed a file since it was read.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "srv/checkpoint.h"

struct change;

struct change *change_new(void);
void change_free(struct change *c);

/*
 * The file's bytes when it was read, and those it shall have; both are copied. A path may be a link: its target is changed. Again for
 * the same path (absolute): the first old bytes stay, the last new ones win; new bytes equal to the old ones: no change.
 */
void change_edit(struct change *c, const char *path, const struct buf *old, const struct buf *new);
/* A file that is not there yet; missing directories above it are made 0755. Again for the same path: the last bytes win. */
void change_create(struct change *c, const char *path, const struct buf *bytes, mode_t mode);
/* One that has content of another file: that one's owner, mode and attributes, so that nobody reads more than before. */
void change_create_like(struct change *c, const char *path, const struct buf *bytes,
			const char *like);
/* change_create() of one that outlives the undo: others may use it by then. */
void change_lay_down(struct change *c, const char *path, const struct buf *bytes, mode_t mode);
/* A symbolic link that is not there yet. */
void change_link(struct change *c, const char *path, const char *target);
/* Run in this order before files are written; undo (may be NULL) is run when it is all undone. Both NULL-ended, copied. */
void change_run(struct change *c, const char *const *argv, const char *const *undo);
/* A line for people, without newline, kept with the checkpoint. */
void change_note(struct change *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

bool change_is_empty(const struct change *c); /* notes alone change nothing */
/* The paths it touches, in the order in which they were planned. */
void change_paths(const struct change *c, struct strlist *out);
/* Unified, 3 lines of context; created files against /dev/null; commands as "# run: ..." lines. */
void change_diff(const struct change *c, struct buf *out);

/*
 * Checks, registers everything with the checkpoint, then writes: each file at once (rename), with its owner, mode, links and extended
 * attributes. After an error the checkpoint is what undoes it.
 */
MUST_CHECK struct err *change_write(const struct change *c, const struct checkpoints *to,
				    enum checkpoint_kind kind);

AUTO_FREE(struct change, change_free)
