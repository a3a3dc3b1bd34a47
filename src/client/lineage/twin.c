#include "client/lineage/twin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/likeness.h"

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
		return likeness_failed(exact, "linking", to);
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

static struct err *be_like(bool *exact, const char *dir, const char *twin)
{
	AUTO(fd_close) int from = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO(fd_close) int to = open(twin, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (from < 0 || to < 0)
		return err_errno(errno, "opening %s", from < 0 ? dir : twin);
	return likeness_copy(exact, from, to, twin);
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
	return *exact ? be_like(exact, dir, twin) : NULL;
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
