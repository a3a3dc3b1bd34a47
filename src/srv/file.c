#include "srv/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/likeness.h"
#include "base/limits.h"

/* Where the bytes are: a rename over a link would replace the link. A link to nowhere, or nothing: path itself. */
static char *real_path(const char *path)
{
	char *found = realpath(path, NULL);

	return found != NULL ? found : xstrdup(path);
}

/* Begins with a dot, so that a `*` of a server's include does not find it. */
static char *sibling(const char *path)
{
	AUTO(free) char *dir = fs_parent(path);
	AUTO(free) char *copy = xstrdup(path);

	return str_fmt("%s/.%s.signet-new", dir, basename(copy));
}

struct err *file_load(struct buf *out, const char *path)
{
	size_t len = 0;
	char *data = NULL;

	TRY(fs_read(&data, &len, path, LIMIT_SERVER_FILE));
	buf_release(out);
	*out = (struct buf){ .data = data, .len = len, .cap = len + 1, .max = LIMIT_SERVER_FILE };
	return NULL;
}

/* Times to the nanosecond. */
static struct err *set_times(const char *path, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (utimensat(AT_FDCWD, path, times, 0) != 0)
		return err_errno(errno, "setting the time of %s", path);
	return NULL;
}

static struct err *write_all(int fd, const struct buf *bytes, const char *path)
{
	size_t done = 0;

	while (done < bytes->len) {
		ssize_t n = write(fd, bytes->data + done, bytes->len - done);

		if (n < 0 && errno != EINTR)
			return err_errno(errno, "writing %s", path);
		done += n > 0 ? (size_t)n : 0;
	}
	return NULL;
}

static struct err *overwrite(const char *path, const struct buf *bytes)
{
	AUTO(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(errno, "opening %s", path);
	TRY(write_all(fd, bytes, path));
	if (ftruncate(fd, (off_t)bytes->len) != 0)
		return err_errno(errno, "writing %s", path);
	if (fsync(fd) != 0)
		return err_errno(errno, "syncing %s", path);
	return NULL;
}

/* *exact: it is whole, and like the one at `like` in all but bytes. */
static struct err *prepare(const char *fresh, const struct buf *bytes, const char *like,
			   bool *exact)
{
	TRY(fs_unlink(fresh));
	TRY(fs_create(fresh, buf_str(bytes), bytes->len, 0600));
	return likeness_copy(exact, like, fresh);
}

/* *done false: the name stays with the old file, and path is to be overwritten. */
static struct err *swap_in(bool *done, const char *path, const char *fresh)
{
	AUTO(free) char *dir = fs_parent(path);

	*done = rename(fresh, path) == 0;
	if (*done)
		return fs_sync_dir(dir);
	if (errno != EBUSY && errno != EXDEV)
		return err_errno(errno, "renaming %s to %s", fresh, path);
	return NULL;
}

static struct err *exchange(bool *done, const char *path, const struct buf *bytes,
			    const struct stat *times)
{
	AUTO(free) char *fresh = sibling(path);
	bool exact = true;
	struct err *e = prepare(fresh, bytes, path, &exact);

	if (e == NULL && exact && times != NULL)
		e = set_times(fresh, times);
	if (e == NULL && exact)
		e = swap_in(done, path, fresh);
	if (!*done)
		err_ignore(fs_unlink(fresh));
	return e;
}

static struct err *rewrite(const char *path, const struct buf *bytes, const struct stat *times)
{
	struct stat st;
	bool done = false;

	if (stat(path, &st) != 0)
		return err_errno(errno, "looking at %s", path);
	if (st.st_nlink == 1)
		TRY(exchange(&done, path, bytes, times));
	if (done)
		return NULL;
	TRY(overwrite(path, bytes));
	return times != NULL ? set_times(path, times) : NULL;
}

struct err *file_rewrite(const char *path, const struct buf *bytes)
{
	AUTO(free) char *real = real_path(path);

	return rewrite(real, bytes, NULL);
}

/* A new file like `like`, at once. What owner and attributes we may not set is left. */
static struct err *place(const char *path, const struct buf *bytes, const char *like)
{
	AUTO(free) char *fresh = sibling(path);
	AUTO(free) char *dir = fs_parent(path);
	bool exact = true;
	struct stat st;

	if (stat(like, &st) != 0)
		return err_errno(errno, "looking at %s", like);
	TRY(prepare(fresh, bytes, like, &exact));
	if (!exact && chmod(fresh, st.st_mode & 07777) != 0)
		return err_errno(errno, "setting the mode of %s", fresh);
	TRY(set_times(fresh, &st));
	TRY(fs_rename(fresh, path));
	return fs_sync_dir(dir);
}

struct err *file_save(const char *path, const char *to)
{
	AUTO(buf_release) struct buf bytes = { 0 };

	TRY(file_load(&bytes, path));
	return place(to, &bytes, path);
}

struct err *file_restore(const char *copy, const char *path)
{
	AUTO(buf_release) struct buf bytes = { 0 };
	AUTO(free) char *real = real_path(path);
	struct stat st;

	TRY(file_load(&bytes, copy));
	if (!fs_exists(real))
		return place(real, &bytes, copy);
	if (stat(copy, &st) != 0)
		return err_errno(errno, "looking at %s", copy);
	TRY(rewrite(real, &bytes, &st));
	if (chmod(real, st.st_mode & 07777) != 0)
		return err_errno(errno, "setting the mode of %s", real);
	return NULL;
}

struct err *file_clear_leftover(const char *path)
{
	AUTO(free) char *real = real_path(path);
	AUTO(free) char *fresh = sibling(real);

	return fs_unlink(fresh);
}
