#include "client/lineage/conf.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/lineage/due.h"
#include "client/lineage/place.h"
#include "client/store/mode.h"

/*
 * The version of Certbot in new files. Certbot takes a file of any version, but logs a doubt about one that is newer than
 * itself, so this is the oldest Certbot that reads all we write.
 */
#define CONF_VERSION "2.1.0"

struct err *conf_read(struct ini **out, const char *path)
{
	AUTO(free) char *text = NULL;
	size_t len = 0;

	TRY(fs_read(&text, &len, path, LIMIT_FILE));
	struct err *e = ini_parse(out, text, len);

	if (e != NULL && !str_is_utf8(text))
		e = err_wrap(e, "it is not UTF-8; save it as such");
	return err_wrap(e, "renewal configuration file %s", path);
}

/* Replaces *path by what the file says, if it says something. */
static struct err *take(char **path, bool *found, const struct ini *conf, const char *key)
{
	AUTO(free) char *value = NULL;

	TRY(ini_get(&value, conf, "", key));
	*found = value != NULL;
	if (value == NULL)
		return NULL;
	if (str_has_controls(value))
		return err_new(ERR_CONFIG, "%s holds control characters", key);
	free(*path);
	*path = MOVE(value);
	return NULL;
}

struct err *conf_paths(struct lineage *l)
{
	bool found = false;

	TRY(take(&l->archive_dir, &found, l->conf, "archive_dir"));
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		TRY(take(&l->live[kind], &found, l->conf, lineage_kind_names[kind]));
		if (!found)
			return err_new(ERR_CONFIG, "renewal configuration file %s names no %s",
				       l->conf_path, lineage_kind_names[kind]);
	}
	free(l->live_dir);
	l->live_dir = place_parent(l->live[KIND_CERT]);
	return NULL;
}

static struct err *set_if_other(struct ini *conf, const char *key, const char *value)
{
	AUTO(free) char *now = NULL;

	TRY(ini_get(&now, conf, "", key));
	if (now == NULL || !streq(now, value))
		ini_set(conf, "", key, value);
	return NULL;
}

struct err *conf_set_paths(struct ini *conf, const struct lineage *l)
{
	if (!ini_has(conf, "", "version"))
		ini_set(conf, "", "version", CONF_VERSION);
	TRY(set_if_other(conf, "archive_dir", l->archive_dir));
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		TRY(set_if_other(conf, lineage_kind_names[kind], l->live[kind]));
	return NULL;
}

static struct err *render(struct buf *out, const struct lineage *l, const struct ini *conf)
{
	ini_write(conf, out);
	return buf_check(out, l->conf_path);
}

/* The owner only where we may give files away: root keeps what an admin set up. */
static struct err *keep_owner_and_mode(const char *path, const struct stat *old)
{
	if (chown(path, old->st_uid, old->st_gid) != 0 && errno != EPERM)
		return err_errno(errno, "setting the owner of %s", path);
	if (chmod(path, old->st_mode & 07777) != 0)
		return err_errno(errno, "setting the mode of %s", path);
	return NULL;
}

static struct err *write_staged(const char *staged, const struct lineage *l, const struct buf *text)
{
	struct stat old;
	bool exists = stat(l->conf_path, &old) == 0;

	TRY(fs_unlink(staged));
	TRY(fs_create(staged, buf_str(text), text->len, exists ? 0600 : mode_by_umask(0644)));
	return exists ? keep_owner_and_mode(staged, &old) : NULL;
}

struct err *conf_stage(const struct lineage *l, const struct ini *conf)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_FILE);
	AUTO(free) char *staged = place_conf_new(l);

	TRY(render(&text, l, conf));
	struct err *e = write_staged(staged, l, &text);

	if (e != NULL)
		(void)unlink(staged);
	return e;
}

struct err *conf_publish(const struct lineage *l)
{
	AUTO(free) char *staged = place_conf_new(l);
	AUTO(free) char *dir = place_parent(l->conf_path);

	TRY(fs_rename(staged, l->conf_path));
	return fs_sync_dir(dir);
}

/* After a crash the old file may be there again: what the CA advised is asked for again then. */
struct err *lineage_save_conf(const struct lineage *l)
{
	AUTO(free) char *staged = place_conf_new(l);

	TRY(conf_stage(l, l->conf));
	return fs_rename(staged, l->conf_path);
}
