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
#include "srv/spot.h"

struct err *file_load(struct buf *out, const char *path)
{
	size_t len = 0;
	char *data = NULL;

	TRY(fs_read(&data, &len, path, LIMIT_SERVER_FILE));
	buf_release(out);
	*out = (struct buf){ .data = data, .len = len, .cap = len + 1, .max = LIMIT_SERVER_FILE };
	return NULL;
}

struct err *file_look(enum spot_holds *out, const char *real)
{
	AUTO(spot_release) struct spot s = SPOT_NOWHERE;

	TRY(spot_find(&s, real));
	return spot_look(out, &s);
}

/* Times to the nanosecond. */
static struct err *set_times(int fd, const struct stat *st, const char *path)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (futimens(fd, times) != 0)
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
	if (ftruncate(fd, (off_t)bytes->len) != 0)
		return err_errno(errno, "writing %s", path);
	if (fsync(fd) != 0)
		return err_errno(errno, "syncing %s", path);
	return NULL;
}

/* How a file is to be, in all but bytes. */
struct shape {
	int like;                 /* whose owner, mode and attributes it gets */
	const struct stat *times; /* NULL: those of now */
};

static struct err *fill(int fd, const struct spot *s, const struct buf *bytes, const struct shape *shape, bool *exact)
{
	TRY(write_all(fd, bytes, s->path));
	TRY(likeness_copy(exact, shape->like, fd, s->path));
	return shape->times != NULL && *exact ? set_times(fd, shape->times, s->path) : NULL;
}

/* *exact: the fresh file beside it is whole, and of that shape. */
static struct err *prepare(const struct spot *s, const struct buf *bytes, const struct shape *shape, bool *exact)
{
	TRY(spot_unlink_fresh(s));
	AUTO(fd_close) int fd = openat(s->dir, s->fresh, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(errno, "creating a file beside %s", s->path);
	return fill(fd, s, bytes, shape, exact);
}

/* *done false: the name stays with the old file, which is to be overwritten. */
static struct err *swap_in(bool *done, const struct spot *s)
{
	*done = renameat(s->dir, s->fresh, s->dir, s->name) == 0;
	if (!*done && errno != EBUSY && errno != EXDEV)
		return err_errno(errno, "renaming a new file to %s", s->path);
	if (*done && fsync(s->dir) != 0)
		return err_errno(errno, "syncing the directory of %s", s->path);
	return NULL;
}

static struct err *exchange(bool *done, const struct spot *s, const struct buf *bytes, const struct shape *shape)
{
	bool exact = true;
	struct err *e = prepare(s, bytes, shape, &exact);

	if (e == NULL && exact)
		e = swap_in(done, s);
	if (!*done)
		err_ignore(spot_unlink_fresh(s));
	return e;
}

static struct err *overwrite(const struct spot *s, const struct buf *bytes, const struct shape *shape)
{
	AUTO(fd_close) int fd = openat(s->dir, s->name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_errno(errno, "opening %s", s->path);
	TRY(write_all(fd, bytes, s->path));
	return shape->times != NULL ? set_times(fd, shape->times, s->path) : NULL;
}

static struct err *rewrite(const struct spot *s, const struct buf *bytes, const struct stat *times)
{
	AUTO(fd_close) int like = openat(s->dir, s->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	const struct shape shape = { .like = like, .times = times };
	struct stat st;
	bool done = false;

	if (like < 0 || fstat(like, &st) != 0)
		return err_errno(errno, "looking at %s", s->path);
	if (st.st_nlink == 1)
		TRY(exchange(&done, s, bytes, &shape));
	return done ? NULL : overwrite(s, bytes, &shape);
}

struct err *file_rewrite(const char *real, const struct buf *bytes)
{
	AUTO(spot_release) struct spot s = SPOT_NOWHERE;

	TRY(spot_open(&s, real));
	return rewrite(&s, bytes, NULL);
}

static struct err *set_mode(const struct spot *s, mode_t mode)
{
	AUTO(fd_close) int fd = openat(s->dir, s->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fchmod(fd, mode & 07777) != 0)
		return err_errno(errno, "setting the mode of %s", s->path);
	return NULL;
}

/* A new file of this shape, at once. What owner and attributes we may not set is left. */
static struct err *place_as(const struct spot *s, const struct buf *bytes, const struct shape *shape)
{
	struct stat st;
	bool exact = true, done = false;

	if (fstat(shape->like, &st) != 0)
		return err_errno(errno, "looking at what %s is to be like", s->path);
	TRY(prepare(s, bytes, shape, &exact));
	TRY(swap_in(&done, s));
	return exact && done ? NULL : set_mode(s, st.st_mode);
}

/* With the times of the one open as `like`, too. */
static struct err *place(const struct spot *s, const struct buf *bytes, int like)
{
	struct stat st;

	if (fstat(like, &st) != 0)
		return err_errno(errno, "looking at what %s is to be like", s->path);
	return place_as(s, bytes, &(struct shape){ .like = like, .times = &st });
}

static struct err *open_existing(int *fd, const char *path)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 ? NULL : err_errno(errno, "opening %s", path);
}

struct err *file_save(const char *path, const struct buf *bytes, const char *to)
{
	AUTO(spot_release) struct spot s = SPOT_NOWHERE;
	AUTO(fd_close) int like = -1;
	AUTO(free) char *real = spot_real_path(to);

	TRY(open_existing(&like, path));
	TRY(spot_open(&s, real));
	return place(&s, bytes, like);
}

struct err *file_make_again(const char *real, const struct buf *bytes, int like)
{
	AUTO(spot_release) struct spot s = SPOT_NOWHERE;

	TRY(spot_open(&s, real));
	return place_as(&s, bytes, &(struct shape){ .like = like });
}

struct err *file_make(const char *path, const struct buf *bytes, const char *like)
{
	AUTO(fd_close) int fd = -1;
	AUTO(free) char *real = spot_real_path(path);

	TRY(open_existing(&fd, like));
	return file_make_again(real, bytes, fd);
}

struct err *file_restore(const char *copy, const char *real)
{
	AUTO(buf_release) struct buf bytes = { 0 };
	AUTO(spot_release) struct spot s = SPOT_NOWHERE;
	AUTO(fd_close) int like = -1;
	enum spot_holds there = SPOT_EMPTY;
	struct stat st;

	TRY(file_load(&bytes, copy));
	TRY(open_existing(&like, copy));
	TRY(spot_open(&s, real));
	TRY(spot_look(&there, &s));
	if (there != SPOT_FILE)
		return place(&s, &bytes, like);
	if (fstat(like, &st) != 0)
		return err_errno(errno, "looking at %s", copy);
	return rewrite(&s, &bytes, &st);
}

struct err *file_clear_leftover(const char *real)
{
	AUTO(spot_release) struct spot s = SPOT_NOWHERE;
	AUTO(free) char *dir = fs_parent(real);

	if (!fs_is_dir(dir))
		return NULL;
	TRY(spot_open(&s, real));
	return spot_unlink_fresh(&s);
}
