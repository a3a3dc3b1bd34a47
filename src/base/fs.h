/*
 * Files: whole reads with a ceiling, writes that are on the disk when they return, and renames that either happened or not.
 * Every error names the path.
 */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

char *fs_join(const char *dir, const char *name); /* one slash between */
char *fs_absolute(const char *path);              /* lexically, from the working directory; no links resolved */
char *fs_parent(const char *path);                /* the directory it is in; lexically */

bool fs_exists(const char *path);     /* follows links */
bool fs_is_dir(const char *path);     /* follows links */
bool fs_is_link(const char *path);

/* The whole file, NUL-ended; len may be NULL. ERR_LIMIT above max bytes. A missing file is an error... */
MUST_CHECK struct err *fs_read(char **out, size_t *len, const char *path, size_t max);
/* ...and here a result: *out is NULL. */
MUST_CHECK struct err *fs_read_if_exists(char **out, size_t *len, const char *path, size_t max);
/* Behind the first `skip` bytes, max of them at most. */
MUST_CHECK struct err *fs_read_from(char **out, const char *path, off_t skip, size_t max);

/* O_EXCL, synced; the directory entry is not synced yet: fs_sync_dir() once for several files. Removed again on error. */
MUST_CHECK struct err *fs_create(const char *path, const void *data, size_t len, mode_t mode);
/* Temporary sibling, sync, rename over, sync the directory. keep_mode: an existing file's mode and owner win. */
MUST_CHECK struct err *fs_replace(const char *path, const void *data, size_t len, mode_t mode, bool keep_mode);

MUST_CHECK struct err *fs_mkdir(const char *path, mode_t mode, bool *created); /* existing directory: fine, false; created may be NULL */
MUST_CHECK struct err *fs_mkdirs(const char *path, mode_t mode);               /* every missing level with this mode */
MUST_CHECK struct err *fs_sync_dir(const char *path);
MUST_CHECK struct err *fs_rename(const char *from, const char *to);
/* Swaps two names in one step (renameat2 RENAME_EXCHANGE); *done false where the file system cannot,
 * or for a mount point. */
MUST_CHECK struct err *fs_exchange(const char *a, const char *b, bool *done);
MUST_CHECK struct err *fs_symlink(const char *target, const char *path);
MUST_CHECK struct err *fs_readlink(char **out, const char *path); /* not a link or missing: *out NULL */
MUST_CHECK struct err *fs_unlink(const char *path);               /* missing: fine */
MUST_CHECK struct err *fs_rmdir(const char *path);                /* missing: fine */
MUST_CHECK struct err *fs_remove_tree(const char *path);          /* follows no links; missing: fine */

/* Names without "." and "..", sorted by bytes; a missing directory lists nothing. */
MUST_CHECK struct err *fs_list(struct strlist *out, const char *path);

/*
 * For the start of main: of the descriptors 0 to 2 those that are closed, so that no file of ours gets their number and what is
 * meant for people. Using one fails as before.
 */
void fd_fill_standard(void);

static inline void fd_close(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

static inline void fd_close_auto(int *fd)
{
	fd_close(*fd);
}
