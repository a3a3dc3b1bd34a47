#include "client/lineage/twin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"

#define ATTRIBUTE_BYTES (64 * 1024) /* the kernel's own ceiling on a list and on a value */

/* What a file system or our rights do not allow, as opposed to what went wrong. */
static bool is_inability(int errnum)
{
	return errnum == EPERM || errnum == ENOTSUP || errnum == EMLINK || errnum == EXDEV ||
	       errnum == ENOSYS || errnum == EINVAL;
}

static struct err *unable_or_error(bool *exact, const char *what, const char *path)
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

static struct err *copy_attribute(bool *exact, const char *dir, const char *twin, const char *name)
{
	AUTO(free) char *value = xmalloc(ATTRIBUTE_BYTES);
	ssize_t len = getxattr(dir, name, value, ATTRIBUTE_BYTES);

	if (len < 0 || setxattr(twin, name, value, (size_t)len, 0) != 0)
		return unable_or_error(exact, "copying attributes to", twin);
	return NULL;
}

/* Access lists and labels too: a new directory may have got others from the one above it. */
static struct err *copy_attributes(bool *exact, const char *dir, const char *twin)
{
	AUTO(buf_release) struct buf wanted = BUF_INIT(ATTRIBUTE_BYTES);
	AUTO(buf_release) struct buf present = BUF_INIT(ATTRIBUTE_BYTES);

	TRY(attribute_names(&wanted, dir));
	TRY(attribute_names(&present, twin));
	for (size_t at = 0; at < present.len; at += strlen(present.data + at) + 1)
		if (!has_name(&wanted, present.data + at) &&
		    removexattr(twin, present.data + at) != 0)
			TRY(unable_or_error(exact, "removing attributes of", twin));
	for (size_t at = 0; at < wanted.len && *exact; at += strlen(wanted.data + at) + 1)
		TRY(copy_attribute(exact, dir, twin, wanted.data + at));
	return NULL;
}

static struct err *copy_owner_and_mode(bool *exact, const struct stat *st, const char *twin)
{
	struct stat now;

	if (stat(twin, &now) != 0)
		return err_errno(errno, "looking at %s", twin);
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	    chown(twin, st->st_uid, st->st_gid) != 0)
		return unable_or_error(exact, "setting the owner of", twin);
	if (chmod(twin, st->st_mode & 07777) != 0)
		return unable_or_error(exact, "setting the mode of", twin);
	return NULL;
}

static struct err *share_entry(bool *exact, const char *dir, const char *twin, const char *name)
{
	AUTO(free) char *from = fs_join(dir, name);
	AUTO(free) char *to = fs_join(twin, name);
	struct stat st;

	if (lstat(from, &st) != 0)
		return err_errno(errno, "looking at %s", from);
	if (S_ISDIR(st.st_mode))
		return NULL;
	if (link(from, to) != 0)
		return unable_or_error(exact, "linking", to);
	return NULL;
}

static struct err *share_entries(bool *exact, const char *dir, const char *twin,
				 twin_skips_fn skips)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(fs_list(&names, dir));
	for (size_t i = 0; i < names.count && *exact; i++)
		if (!skips(names.items[i]))
			TRY(share_entry(exact, dir, twin, names.items[i]));
	return NULL;
}

static struct err *fill(bool *exact, const char *dir, const char *twin, twin_skips_fn skips)
{
	struct stat st;

	if (lstat(dir, &st) != 0)
		return err_errno(errno, "looking at %s", dir);
	*exact = S_ISDIR(st.st_mode); /* not a link to one: the link would be swapped away */
	if (!*exact)
		return NULL;
	TRY(fs_mkdir(twin, 0700, NULL));
	TRY(share_entries(exact, dir, twin, skips));
	if (*exact)
		TRY(copy_owner_and_mode(exact, &st, twin));
	if (*exact)
		TRY(copy_attributes(exact, dir, twin));
	return NULL;
}

struct err *twin_make(bool *exact, const char *dir, const char *twin, twin_skips_fn skips)
{
	struct err *e = fill(exact, dir, twin, skips);

	if (e != NULL || !*exact)
		err_ignore(fs_remove_tree(twin)); /* only links of ours: its files are in dir too */
	return e;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* A sub-directory that somebody made anew in between stays beside the old one. */
static struct err *move_dir(const char *from, const char *to)
{
	AUTO(free) char *aside = str_fmt("%s.previous", to);

	return fs_rename(from, is_there(to) ? aside : to);
}

static struct err *settle_entry(const char *dir, const char *twin, const char *name,
				twin_skips_fn skips)
{
	AUTO(free) char *from = fs_join(twin, name);
	AUTO(free) char *to = fs_join(dir, name);
	struct stat st;

	if (lstat(from, &st) != 0)
		return err_errno(errno, "looking at %s", from);
	if (S_ISDIR(st.st_mode))
		return move_dir(from, to);
	if (skips(name) || is_there(to))
		return fs_unlink(from);
	return fs_rename(from, to);
}

struct err *twin_dissolve(const char *dir, const char *twin, twin_skips_fn skips)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	if (!is_there(twin))
		return NULL;
	TRY(fs_list(&names, twin));
	for (size_t i = 0; i < names.count; i++)
		TRY(settle_entry(dir, twin, names.items[i], skips));
	return fs_rmdir(twin);
}
