#include "client/lineage/remove.h"

#include <errno.h>
#include <string.h>

#include "base/fs.h"
#include "client/lineage/conf.h"
#include "client/lineage/live.h"
#include "client/lineage/place.h"

#define HIDDEN_SUFFIX ".conf.deleted"

static char *hidden_path(const struct tree *t, const char *name)
{
	return str_fmt("%s/renewal/.%s" HIDDEN_SUFFIX, t->config_dir, name);
}

/* The paths that the renewal file names. */
static struct err *read_paths(struct lineage *l, const char *conf)
{
	TRY(conf_read(&l->conf, conf));
	return conf_paths(l);
}

static struct err *archive_of(char **out, const struct tree *t, const char *name)
{
	AUTO(lineage_free) struct lineage *l = place_of(t, name);

	TRY(read_paths(l, l->conf_path));
	*out = fs_absolute(l->archive_dir);
	return NULL;
}

struct err *lineage_sharing_archive(char **out, const struct tree *t, const struct lineage *l)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(free) char *own = fs_absolute(l->archive_dir);

	*out = NULL;
	TRY(lineage_names(&names, t));
	for (size_t i = 0; i < names.count && *out == NULL; i++) {
		AUTO(free) char *archive = NULL;

		if (streq(names.items[i], l->name))
			continue;
		err_ignore(archive_of(&archive, t, names.items[i])); /* broken: it uses none */
		if (archive != NULL && streq(archive, own))
			*out = xstrdup(names.items[i]);
	}
	return NULL;
}

static bool holds(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	return strncmp(dir, path, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0' || streq(dir, "/"));
}

/* A whole tree goes: not one that holds the others' too. */
static struct err *check_archive(const struct tree *t, const struct lineage *l)
{
	AUTO(free) char *archives = tree_path(t, "archive");
	AUTO(free) char *archive = fs_absolute(l->archive_dir);
	AUTO(free) char *live = fs_absolute(l->live_dir);

	if (holds(archive, archives) || holds(archive, live))
		return err_new(
			ERR_CONFIG,
			"%s names %s as archive_dir, which holds more than this certificate; nothing was removed",
			l->conf_path, archive);
	return NULL;
}

static struct err *remove_archive(char **shared_with, const struct tree *t, const struct lineage *l)
{
	TRY(lineage_sharing_archive(shared_with, t, l));
	return *shared_with == NULL ? fs_remove_tree(l->archive_dir) : NULL;
}

static struct err *remove_links(const struct lineage *l)
{
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free)
		char *previous = str_fmt("%s/previous_%s.pem", l->live_dir,
					 lineage_kind_names[kind]);

		TRY(fs_unlink(l->live[kind]));
		TRY(fs_unlink(previous));
	}
	return NULL;
}

static bool are_together(const struct lineage *l)
{
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *dir = place_parent(l->live[kind]);

		if (!streq(dir, l->live_dir))
			return false;
	}
	return true;
}

/* What people have put into it stays, and so does the directory then. */
static struct err *remove_live_dir(const struct lineage *l)
{
	AUTO(free) char *readme = fs_join(l->live_dir, "README");

	if (!are_together(l))
		return NULL;
	TRY(fs_unlink(readme));
	if (rmdir(l->live_dir) == 0 || errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST ||
	    errno == ENOTDIR)
		return NULL;
	return err_errno(errno, "removing %s", l->live_dir);
}

static struct err *remove_files(char **shared_with, const struct tree *t, const struct lineage *l,
				const char *hidden)
{
	TRY(live_settle(l));
	TRY(remove_links(l));
	TRY(remove_live_dir(l));
	TRY(remove_archive(shared_with, t, l));
	return fs_unlink(hidden);
}

static struct err *finish(char **shared_with, const struct tree *t, const char *name,
			  const char *hidden)
{
	AUTO(lineage_free) struct lineage *l = place_of(t, name);

	TRY(read_paths(l, hidden));
	return remove_files(shared_with, t, l, hidden);
}

static struct err *unreadable(const struct lineage *l, struct err *why)
{
	AUTO(err_free) struct err *reason = why;
	AUTO(free) char *text = err_text(reason);

	TRY(fs_unlink(l->conf_path));
	return err_new(ERR_CONFIG,
		       "%s; %s is removed. You may wish to delete what is in %s and %s by hand",
		       text, l->conf_path, l->archive_dir, l->live_dir);
}

static struct err *hide(const struct tree *t, const struct lineage *l, const char *hidden)
{
	AUTO(free) char *renewal = tree_path(t, "renewal");

	TRY(fs_rename(l->conf_path, hidden));
	return fs_sync_dir(renewal);
}

struct err *lineage_remove(char **shared_with, const struct tree *t, const char *name)
{
	AUTO(lineage_free) struct lineage *l = place_of(t, name);
	AUTO(free) char *hidden = hidden_path(t, name);

	*shared_with = NULL;
	TRY(lineage_check_name(name));
	if (!fs_exists(l->conf_path) && fs_exists(hidden))
		return finish(shared_with, t, name, hidden);
	if (!fs_exists(l->conf_path))
		return lineage_missing(l);
	struct err *why = read_paths(l, l->conf_path);

	if (why != NULL)
		return unreadable(l, why);
	TRY(check_archive(t, l));
	TRY(hide(t, l, hidden));
	return remove_files(shared_with, t, l, hidden);
}

struct err *remove_settle(const struct tree *t, const char *entry)
{
	size_t len = strlen(entry);

	if (entry[0] != '.' || len < sizeof(HIDDEN_SUFFIX) + 1 || !str_ends(entry, HIDDEN_SUFFIX))
		return NULL;
	AUTO(free) char *name = xstrndup(entry + 1, len - sizeof(HIDDEN_SUFFIX));
	AUTO(free) char *hidden = hidden_path(t, name);
	AUTO(free) char *shared_with = NULL;

	if (lineage_exists(t, name)) /* there is another one by now */
		return fs_unlink(hidden);
	return finish(&shared_with, t, name, hidden);
}
