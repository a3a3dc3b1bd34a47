#include "plugins/webroot_record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/limits.h"

static char *record_path(const struct options *opt)
{
	return str_fmt("%s/signet/webroot.json", opt->work_dir);
}

/* --- writing --- */

/* Against being killed, not against power failure: it need not wait for the disk. A new file each time: no link is followed. */
static struct err *write_new(const char *path, const char *text)
{
	size_t len = strlen(text);

	TRY(fs_unlink(path));
	AUTO(fd_close)
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n = fd >= 0 ? write(fd, text, len) : -1;

	if (n == (ssize_t)len)
		return NULL;
	return err_errno(n < 0 ? errno : ENOSPC, "writing %s", path);
}

/* The old one counts until the new one is whole: it may have what others of this run put out. */
static struct err *write_record(const char *path, const char *text)
{
	AUTO(free) char *fresh = str_fmt("%s.new", path);

	TRY(write_new(fresh, text));
	return fs_rename(fresh, path);
}

static void add_to_record(json_t *all, const struct places *l)
{
	for (size_t i = 0; i < l->count; i++)
		(void)json_array_append_new(all, place_to_json(&l->items[i]));
}

struct err *webroot_record_save(const struct options *opt, const struct places *const lists[],
				size_t count)
{
	AUTO(free) char *path = record_path(opt);
	AUTO(free) char *dir = fs_parent(path);
	AUTO(json_release) json_t *all = json_array();

	for (size_t i = 0; i < count; i++)
		add_to_record(all, lists[i]);
	if (json_array_size(all) == 0)
		return fs_unlink(path);
	AUTO(free) char *text = json_compact(all);

	TRY(fs_mkdirs(dir, 0700));
	return write_record(path, text);
}

/* --- reading --- */

/* Runs that were killed one after the other had the same roots, and the same tokens where they had the same order. */
static struct err *add_left(struct places *left, const json_t *entry)
{
	AUTO(place_release) struct place p = { 0 };

	TRY(place_from_json(&p, entry));
	places_add(left, &p);
	return NULL;
}

struct err *webroot_record_read(struct places *left, const struct options *opt)
{
	AUTO(free) char *path = record_path(opt);
	AUTO(free) char *text = NULL;
	AUTO(json_release) json_t *all = NULL;
	struct err *not_ours = NULL;
	size_t len = 0;

	err_ignore(fs_read_if_exists(&text, &len, path, LIMIT_JSON_BYTES));
	if (text != NULL)
		err_ignore(json_parse(&all, text, len, path));
	for (size_t i = 0; i < json_array_size(all); i++) {
		struct err *e = add_left(left, json_array_get(all, i));

		if (not_ours == NULL)
			not_ours = e;
		else
			err_ignore(e);
	}
	if (left->count == 0)
		err_ignore(fs_unlink(path));
	return not_ours;
}
