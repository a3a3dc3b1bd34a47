#include "client/lineage/live.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "client/lineage/archive.h"
#include "client/lineage/dance.h"
#include "client/lineage/misfit.h"
#include "client/lineage/place.h"
#include "client/lineage/readme.h"
#include "client/lineage/twin.h"

static struct err *not_a_link(const char *path)
{
	return err_new(ERR_CONFIG, "%s should be a symbolic link into the archive", path);
}

static struct err *no_target(const char *path, const char *target)
{
	return err_new(ERR_CONFIG, "the target %s of the link %s does not exist", target, path);
}

/* The archive was listed already: a target in it needs no look of its own. */
static bool target_exists(const struct lineage *l, const struct archive *a, enum lineage_kind kind,
			  const char *target)
{
	size_t dir = strlen(l->archive_dir);
	bool inside = strncmp(target, l->archive_dir, dir) == 0 && target[dir] == '/';
	unsigned number = inside ? archive_number(kind, target + dir + 1) : 0;

	return number > 0 ? archive_has(a, kind, number) : fs_exists(target);
}

static struct err *read_link(struct lineage *l, const struct archive *a, enum lineage_kind kind)
{
	char raw[PATH_MAX];
	ssize_t len = readlink(l->live[kind], raw, sizeof(raw) - 1);

	if (len < 0)
		return not_a_link(l->live[kind]);
	raw[len] = '\0';
	AUTO(free) char *target = place_target(l->live[kind], raw);

	if (!target_exists(l, a, kind, target))
		return no_target(l->live[kind], target);
	l->versions[kind] = archive_number(kind, place_name(target));
	if (l->misfit == NULL)
		l->misfit = misfit_of_link(l, kind, target);
	return NULL;
}

struct err *live_read(struct lineage *l)
{
	AUTO(archive_release) struct archive a = { 0 };

	TRY(archive_scan(&a, l->archive_dir));
	err_free(MOVE(l->misfit));
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		TRY(read_link(l, &a, kind));
	l->version = l->versions[KIND_CERT];
	l->complete = archive_newest_complete(&a);
	return NULL;
}

/* Links that every commit makes anew, and what an interrupted one leaves. */
static bool is_ours(const char *name)
{
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *link = str_fmt("%s.pem", lineage_kind_names[kind]);
		AUTO(free) char *previous = str_fmt("previous_%s", link);
		AUTO(free) char *next = str_fmt(".%s.new", link);

		if (streq(name, link) || streq(name, previous) || streq(name, next))
			return true;
	}
	return false;
}

/* A directory that never became live has nothing in it but what we put there; else it is somebody's. */
static bool is_unborn(const char *fresh)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	struct err *e = fs_list(&names, fresh);
	bool ours = e == NULL;

	err_ignore(e);
	for (size_t i = 0; i < names.count; i++)
		ours &= is_ours(names.items[i]) || streq(names.items[i], "README") ||
			str_starts(names.items[i], ".README.");
	return ours;
}

static struct err *remove_unborn(const char *fresh)
{
	return fs_is_dir(fresh) && is_unborn(fresh) ? fs_remove_tree(fresh) : NULL;
}

struct err *live_settle(const struct lineage *l)
{
	AUTO(free) char *twin = place_twin(l->live_dir);

	if (fs_exists(l->live_dir) || fs_is_link(l->live_dir))
		return twin_dissolve(l->live_dir, twin, is_ours);
	return remove_unborn(twin);
}

static struct err *make_links(const struct lineage *l, const char *dir, unsigned version)
{
	AUTO(free) char *into = NULL;

	TRY(place_link_dir(&into, l));
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *name = str_fmt("%s.pem", lineage_kind_names[kind]);
		AUTO(free) char *link = fs_join(dir, name);
		AUTO(free) char *target = archive_path(into, kind, version);

		TRY(fs_symlink(target, link));
	}
	return fs_sync_dir(dir);
}

static struct err *fill_and_swap(bool *done, const struct lineage *l, const char *twin,
				 unsigned version)
{
	TRY(make_links(l, twin, version));
	return fs_exchange(l->live_dir, twin, done);
}

/* A mount point cannot be swapped; its device differs from the one above or renameat2 says EBUSY. */
static bool can_be_swapped(const struct lineage *l)
{
	AUTO(free) char *above = place_parent(l->live_dir);
	struct stat here, parent;

	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *dir = place_parent(l->live[kind]);
		AUTO(free) char *name = str_fmt("%s.pem", lineage_kind_names[kind]);

		if (!streq(dir, l->live_dir) || !streq(place_name(l->live[kind]), name))
			return false; /* the renewal file names links elsewhere */
	}
	return lstat(l->live_dir, &here) == 0 && S_ISDIR(here.st_mode) &&
	       stat(above, &parent) == 0 && here.st_dev == parent.st_dev;
}

static struct err *swap(bool *done, const struct lineage *l, unsigned version)
{
	AUTO(free) char *twin = place_twin(l->live_dir);
	AUTO(free) char *above = place_parent(l->live_dir);

	*done = false;
	TRY(live_settle(l));
	if (!can_be_swapped(l))
		return NULL;
	TRY(twin_make(done, l->live_dir, twin, is_ours));
	if (!*done)
		return NULL;
	struct err *e = fill_and_swap(done, l, twin, version);

	if (e != NULL || !*done) {
		err_ignore(fs_remove_tree(twin)); /* its files are in the live directory too */
		return e;
	}
	TRY(fs_sync_dir(above));
	return live_settle(l);
}

struct err *live_restore(const struct lineage *l)
{
	return dance_undo(l);
}

struct err *live_point(const struct lineage *l, unsigned version)
{
	AUTO(free) char *into = NULL;
	bool done = false;

	TRY(swap(&done, l, version));
	if (done)
		return NULL;
	TRY(place_link_dir(&into, l));
	return dance(l, into, version);
}

static struct err *fill_new(const struct lineage *l, const char *dir, unsigned version, mode_t mode)
{
	TRY(fs_mkdir(dir, mode, NULL));
	TRY(readme_write_lineage(dir));
	return make_links(l, dir, version);
}

struct err *live_create(const struct lineage *l, unsigned version, mode_t mode)
{
	AUTO(free) char *fresh = place_twin(l->live_dir);
	AUTO(free) char *above = place_parent(l->live_dir);

	TRY(remove_unborn(fresh));
	if (fs_exists(fresh))
		return err_new(ERR_CONFIG, "%s is in the way of a new certificate", fresh);
	struct err *e = fill_new(l, fresh, version, mode);

	if (e == NULL)
		e = fs_rename(fresh, l->live_dir);
	if (e != NULL) {
		err_ignore(fs_remove_tree(fresh));
		return e;
	}
	return fs_sync_dir(above);
}
