#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"

bool fs_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool fs_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool fs_is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* A page at a time from what the size promises: files in /proc say 0, and a file may grow while it is read. */
static struct err *read_all(struct buf *b, int fd, const char *path)
{
	char chunk[16 * 1024];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(errno, "reading %s", path);
		if (n == 0)
			return NULL;
		buf_add(b, chunk, (size_t)n);
		TRY(buf_check(b, path));
	}
}

/* A pipe in a file's place would keep us waiting for ever. */
static struct err *check_regular(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(errno, "looking at %s", path);
	if (S_ISDIR(st.st_mode))
		return err_errno(EISDIR, "reading %s", path);
	if (S_ISREG(st.st_mode) ||
	    S_ISCHR(st.st_mode)) /* /dev/null; a device cannot make an O_NONBLOCK read wait */
		return NULL;
	return err_new(ERR_IO, "%s is not a regular file", path);
}

static struct err *read_file(char **out, size_t *len, const char *path, size_t max, bool may_miss)
{
	AUTO(buf_release) struct buf b = BUF_INIT(max);
	AUTO(fd_close) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && may_miss && (errno == ENOENT || errno == ENOTDIR)) {
		*out = NULL;
		return NULL;
	}
	if (fd < 0)
		return err_errno(errno, "opening %s", path);
	TRY(check_regular(fd, path));
	TRY(read_all(&b, fd, path));
	if (len != NULL)
		*len = b.len;
	*out = buf_detach(&b);
	return NULL;
}

struct err *fs_read(char **out, size_t *len, const char *path, size_t max)
{
	return read_file(out, len, path, max, false);
}

struct err *fs_read_if_exists(char **out, size_t *len, const char *path, size_t max)
{
	return read_file(out, len, path, max, true);
}

struct err *fs_read_from(char **out, const char *path, off_t skip, size_t max)
{
	AUTO(free) char *data = xmalloc(max + 1);
	AUTO(fd_close) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(errno, "opening %s", path);
	ssize_t n = pread(fd, data, max, skip);

	if (n < 0)
		return err_errno(errno, "reading %s", path);
	data[n] = '\0';
	*out = MOVE(data);
	return NULL;
}

struct text {
	const char *data;
	size_t len;
};

static struct err *write_all(int fd, const struct text *t, const char *path)
{
	const char *p = t->data;
	size_t len = t->len;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(errno, "writing %s", path);
		p += n;
		len -= (size_t)n;
	}
	return NULL;
}

/* The mode is exact: the umask does not decide who may read a private key. Owner and mode of `like` win, where there is one. */
static struct err *set_rights(int fd, mode_t mode, const struct stat *like, const char *path)
{
	if (like != NULL && fchown(fd, like->st_uid, like->st_gid) != 0 && errno != EPERM)
		return err_errno(errno, "setting the owner of %s", path);
	if (fchmod(fd, like != NULL ? like->st_mode & 07777 : mode) != 0)
		return err_errno(errno, "setting the mode of %s", path);
	return NULL;
}

/* By its descriptor: who owns the directory may put a link in the place of the name. */
static struct err *create(const char *path, const struct text *t, mode_t mode,
			  const struct stat *like)
{
	AUTO(fd_close)
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(errno, "creating %s", path);
	struct err *e = write_all(fd, t, path);

	if (e == NULL)
		e = set_rights(fd, mode, like, path);
	if (e == NULL && fsync(fd) != 0)
		e = err_errno(errno, "syncing %s", path);
	if (e != NULL)
		(void)unlink(path);
	return e;
}

struct err *fs_create(const char *path, const void *data, size_t len, mode_t mode)
{
	return create(path, &(struct text){ data, len }, mode, NULL);
}

/* The same name each time: what a killed run left is overwritten by the next one instead of piling up. */
static char *temporary_sibling(const char *path)
{
	AUTO(free) char *dir = fs_parent(path);
	AUTO(free) char *copy = xstrdup(path);

	return str_fmt("%s/.%s.signet-new", dir, basename(copy));
}

struct err *fs_replace(const char *path, const void *data, size_t len, mode_t mode, bool keep_mode)
{
	AUTO(free) char *temporary = temporary_sibling(path);
	AUTO(free) char *dir = fs_parent(path);
	struct stat old;
	bool keep = keep_mode && stat(path, &old) == 0;

	TRY(fs_unlink(temporary));
	TRY_WRAP(create(temporary, &(struct text){ data, len }, mode, keep ? &old : NULL),
		 "replacing %s", path);
	struct err *e = fs_rename(temporary, path);

	if (e != NULL) {
		(void)unlink(temporary);
		return e;
	}
	return fs_sync_dir(dir);
}

struct err *fs_rename(const char *from, const char *to)
{
	if (rename(from, to) != 0)
		return err_errno(errno, "renaming %s to %s", from, to);
	return NULL;
}

struct err *fs_exchange(const char *a, const char *b, bool *done)
{
	bool swapped = renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;

	/* EBUSY, EXDEV: one of them is a mount point */
	if (!swapped && errno != EINVAL && errno != ENOSYS && errno != ENOTSUP && errno != EBUSY &&
	    errno != EXDEV)
		return err_errno(errno, "exchanging %s and %s", a, b);
	*done = swapped;
	return NULL;
}

struct err *fs_symlink(const char *target, const char *path)
{
	if (symlink(target, path) != 0)
		return err_errno(errno, "linking %s to %s", path, target);
	return NULL;
}

struct err *fs_readlink(char **out, const char *path)
{
	char target[LIMIT_PATH];
	ssize_t len = readlink(path, target, sizeof(target));

	if (len < 0 && errno != EINVAL && errno != ENOENT && errno != ENOTDIR)
		return err_errno(errno, "reading the link %s", path);
	*out = len < 0 ? NULL : xstrndup(target, (size_t)len);
	return NULL;
}

struct err *fs_unlink(const char *path)
{
	if (unlink(path) != 0 && errno != ENOENT)
		return err_errno(errno, "removing %s", path);
	return NULL;
}

void fd_fill_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null",
				   fd == STDIN_FILENO ? O_WRONLY
						      : O_RDONLY); /* gets the lowest number free */
}
