/* Directories: made, listed, synced and taken away with all that is in them. */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct err *fs_mkdir(const char *path, mode_t mode, bool *created)
{
	bool fresh = mkdir(path, mode) == 0;

	if (!fresh && (errno != EEXIST || !fs_is_dir(path)))
		return err_errno(errno, "creating directory %s", path);
	if (fresh && chmod(path, mode) != 0)
		return err_errno(errno, "setting the mode of %s", path);
	if (created != NULL)
		*created = fresh;
	return NULL;
}

struct err *fs_mkdirs(const char *path, mode_t mode)
{
	AUTO(free) char *parent = fs_parent(path);

	if (fs_is_dir(path))
		return NULL;
	if (!streq(parent, path) && !fs_is_dir(parent))
		TRY(fs_mkdirs(parent, mode));
	return fs_mkdir(path, mode, NULL);
}

struct err *fs_sync_dir(const char *path)
{
	AUTO(fd_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(errno, "opening directory %s", path);
	if (fsync(fd) != 0 &&
	    errno != EINVAL) /* EINVAL: a file system that knows no sync of directories */
		return err_errno(errno, "syncing directory %s", path);
	return NULL;
}

struct err *fs_rmdir(const char *path)
{
	if (rmdir(path) != 0 && errno != ENOENT)
		return err_errno(errno, "removing directory %s", path);
	return NULL;
}

static struct err *remove_children(const char *path)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(fs_list(&names, path));
	for (size_t i = 0; i < names.count; i++) {
		AUTO(free) char *child = fs_join(path, names.items[i]);

		TRY(fs_remove_tree(child));
	}
	return NULL;
}

struct err *fs_remove_tree(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? NULL : err_errno(errno, "looking at %s", path);
	if (!S_ISDIR(st.st_mode))
		return fs_unlink(path);
	TRY(remove_children(path));
	return fs_rmdir(path);
}

static void dir_close(DIR *d)
{
	if (d != NULL)
		(void)closedir(d);
}

AUTO_FREE(DIR, dir_close)

struct err *fs_list(struct strlist *out, const char *path)
{
	AUTO(dir_close) DIR *d = opendir(path);
	AUTO(strlist_release) struct strlist names = { 0 };

	if (d == NULL)
		return errno == ENOENT ? NULL : err_errno(errno, "listing %s", path);
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(d);

		if (entry == NULL)
			break;
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			strlist_add(&names, entry->d_name);
	}
	if (errno != 0)
		return err_errno(errno, "listing %s", path);
	strlist_sort(&names);
	strlist_add_all(out, &names);
	return NULL;
}
