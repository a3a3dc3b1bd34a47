#include "base/likeness.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

#define ATTRIBUTE_BYTES (64 * 1024) /* the kernel's own ceiling on a list and on a value */

/* What a file system or our rights do not allow, as opposed to what went wrong. */
static bool is_inability(int errnum)
{
	return errnum == EPERM || errnum == ENOTSUP || errnum == EMLINK || errnum == EXDEV ||
	       errnum == ENOSYS || errnum == EINVAL;
}

struct err *likeness_failed(bool *exact, const char *what, const char *path)
{
	if (!is_inability(errno))
		return err_errno(errno, "%s %s", what, path);
	*exact = false;
	return NULL;
}

/* The names of a file's attributes, NUL after NUL; none where there are no attributes. */
static struct err *attribute_names(struct buf *out, int fd, const char *path)
{
	AUTO(free) char *names = xmalloc(ATTRIBUTE_BYTES);
	ssize_t len = flistxattr(fd, names, ATTRIBUTE_BYTES);

	if (len < 0 && errno != ENOTSUP)
		return err_errno(errno, "reading the attributes of %s", path);
	if (len > 0)
		buf_add(out, names, (size_t)len);
	return NULL;
}

static bool has_name(const struct buf *names, const char *name)
{
	for (size_t at = 0; at < names->len; at += strlen(names->data + at) + 1)
		if (streq(names->data + at, name))
			return true;
	return false;
}

static struct err *copy_attribute(bool *exact, int from, int to, const char *path, const char *name)
{
	AUTO(free) char *value = xmalloc(ATTRIBUTE_BYTES);
	ssize_t len = fgetxattr(from, name, value, ATTRIBUTE_BYTES);

	if (len < 0 || fsetxattr(to, name, value, (size_t)len, 0) != 0)
		return likeness_failed(exact, "copying attributes to", path);
	return NULL;
}

/* Access lists and labels too: what is new may have got others from the one above it. */
static struct err *copy_attributes(bool *exact, int from, int to, const char *path)
{
	AUTO(buf_release) struct buf wanted = BUF_INIT(ATTRIBUTE_BYTES);
	AUTO(buf_release) struct buf present = BUF_INIT(ATTRIBUTE_BYTES);

	TRY(attribute_names(&wanted, from, path));
	TRY(attribute_names(&present, to, path));
	for (size_t at = 0; at < present.len; at += strlen(present.data + at) + 1)
		if (!has_name(&wanted, present.data + at) &&
		    fremovexattr(to, present.data + at) != 0)
			TRY(likeness_failed(exact, "removing attributes of", path));
	for (size_t at = 0; at < wanted.len && *exact; at += strlen(wanted.data + at) + 1)
		TRY(copy_attribute(exact, from, to, path, wanted.data + at));
	return NULL;
}

static struct err *copy_owner_and_mode(bool *exact, const struct stat *st, int to, const char *path)
{
	struct stat now;

	if (fstat(to, &now) != 0)
		return err_errno(errno, "looking at %s", path);
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	    fchown(to, st->st_uid, st->st_gid) != 0)
		return likeness_failed(exact, "setting the owner of", path);
	if (fchmod(to, st->st_mode & 07777) != 0)
		return likeness_failed(exact, "setting the mode of", path);
	return NULL;
}

struct err *likeness_copy(bool *exact, int from, int to, const char *path)
{
	struct stat st;

	if (fstat(from, &st) != 0)
		return err_errno(errno, "looking at what %s is to be like", path);
	TRY(copy_owner_and_mode(exact, &st, to, path));
	return *exact ? copy_attributes(exact, from, to, path) : NULL;
}
