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

/* The names of a path's attributes, NUL after NUL; none where there are no attributes. */
static struct err *attribute_names(struct buf *out, const char *path)
{
	AUTO(free) char *names = xmalloc(ATTRIBUTE_BYTES);
	ssize_t len = listxattr(path, names, ATTRIBUTE_BYTES);

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

static struct err *copy_attribute(bool *exact, const char *from, const char *to, const char *name)
{
	AUTO(free) char *value = xmalloc(ATTRIBUTE_BYTES);
	ssize_t len = getxattr(from, name, value, ATTRIBUTE_BYTES);

	if (len < 0 || setxattr(to, name, value, (size_t)len, 0) != 0)
		return likeness_failed(exact, "copying attributes to", to);
	return NULL;
}

/* Access lists and labels too: what is new may have got others from the one above it. */
static struct err *copy_attributes(bool *exact, const char *from, const char *to)
{
	AUTO(buf_release) struct buf wanted = BUF_INIT(ATTRIBUTE_BYTES);
	AUTO(buf_release) struct buf present = BUF_INIT(ATTRIBUTE_BYTES);

	TRY(attribute_names(&wanted, from));
	TRY(attribute_names(&present, to));
	for (size_t at = 0; at < present.len; at += strlen(present.data + at) + 1)
		if (!has_name(&wanted, present.data + at) &&
		    removexattr(to, present.data + at) != 0)
			TRY(likeness_failed(exact, "removing attributes of", to));
	for (size_t at = 0; at < wanted.len && *exact; at += strlen(wanted.data + at) + 1)
		TRY(copy_attribute(exact, from, to, wanted.data + at));
	return NULL;
}

static struct err *copy_owner_and_mode(bool *exact, const struct stat *st, const char *to)
{
	struct stat now;

	if (stat(to, &now) != 0)
		return err_errno(errno, "looking at %s", to);
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	    chown(to, st->st_uid, st->st_gid) != 0)
		return likeness_failed(exact, "setting the owner of", to);
	if (chmod(to, st->st_mode & 07777) != 0)
		return likeness_failed(exact, "setting the mode of", to);
	return NULL;
}

struct err *likeness_copy(bool *exact, const char *from, const char *to)
{
	struct stat st;

	if (stat(from, &st) != 0)
		return err_errno(errno, "looking at %s", from);
	TRY(copy_owner_and_mode(exact, &st, to));
	return *exact ? copy_attributes(exact, from, to) : NULL;
}
