#include "srv/spot.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

/* The path has no links. One that is there now was put in its way. */
static int open_straight(const char *dir)
{
	const struct open_how how = { .flags = DIR_FLAGS, .resolve = RESOLVE_NO_SYMLINKS };
	long fd = syscall(SYS_openat2, AT_FDCWD, dir, &how, sizeof(how));

	/* a kernel before 5.6, or a container's filter that does not know the call */
	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open(dir, DIR_FLAGS | O_NOFOLLOW) : (int)fd;
}

char *spot_real_path(const char *path)
{
	AUTO(free) char *dir = fs_parent(path);
	AUTO(free) char *copy = xstrdup(path);
	char *found = realpath(path, NULL);
	AUTO(free) char *above = found == NULL ? realpath(dir, NULL) : NULL;

	return found != NULL ? found : above != NULL ? fs_join(above, basename(copy)) : xstrdup(path);
}

static bool is_lost(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

struct err *spot_find(struct spot *out, const char *real)
{
	AUTO(spot_release) struct spot s = { .path = xstrdup(real), .dir = -1 };
	AUTO(free) char *dir = fs_parent(s.path);
	AUTO(free) char *copy = xstrdup(s.path);

	s.dir = open_straight(dir);
	if (s.dir < 0 && !is_lost(errno))
		return err_errno(errno, "opening the directory %s", dir);
	s.name = xstrdup(basename(copy));
	s.fresh = str_fmt(".%s.signet-new", s.name);
	*out = s;
	s = (struct spot)SPOT_NOWHERE;
	return NULL;
}

struct err *spot_open(struct spot *out, const char *real)
{
	AUTO(spot_release) struct spot s = SPOT_NOWHERE;

	TRY(spot_find(&s, real));
	if (s.dir < 0)
		return err_new(ERR_IO, "a directory of %s is gone, or a link stands in its way",
			       real);
	*out = s;
	s = (struct spot)SPOT_NOWHERE;
	return NULL;
}

void spot_release(struct spot *s)
{
	free(s->path);
	free(s->name);
	free(s->fresh);
	fd_close(s->dir);
}

static enum spot_holds kind_of(mode_t mode)
{
	return S_ISREG(mode) ? SPOT_FILE : S_ISLNK(mode) ? SPOT_LINK : SPOT_OTHER;
}

struct err *spot_look(enum spot_holds *out, const struct spot *s)
{
	struct stat st;
	bool there = s->dir >= 0 && fstatat(s->dir, s->name, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (s->dir >= 0 && !there && errno != ENOENT)
		return err_errno(errno, "looking at %s", s->path);
	*out = s->dir < 0 ? SPOT_LOST : there ? kind_of(st.st_mode) : SPOT_EMPTY;
	return NULL;
}

static bool has_fresh(const struct spot *s)
{
	struct stat st;

	return fstatat(s->dir, s->fresh, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A read-only file system says so before it looks. */
struct err *spot_unlink_fresh(const struct spot *s)
{
	if (unlinkat(s->dir, s->fresh, 0) != 0 && errno != ENOENT &&
	    (errno != EROFS || has_fresh(s)))
		return err_errno(errno, "removing %s beside %s", s->fresh, s->path);
	return NULL;
}
