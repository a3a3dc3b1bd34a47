#include "client/lineage/dance.h"

#include <sys/stat.h>

#include "base/fs.h"
#include "client/lineage/archive.h"
#include "client/lineage/place.h"

static char *previous_path(const struct lineage *l, enum lineage_kind kind)
{
	return str_fmt("%s/previous_%s.pem", l->live_dir, lineage_kind_names[kind]);
}

/* A link is never missing: the new one takes the name of the old one. */
static struct err *relink(const char *link, const char *target)
{
	AUTO(free) char *dir = place_parent(link);
	AUTO(free) char *fresh = str_fmt("%s/.%s.new", dir, place_name(link));

	TRY(fs_unlink(fresh));
	TRY(fs_symlink(target, fresh));
	return fs_rename(fresh, link);
}

static struct err *remember(const struct lineage *l, enum lineage_kind kind)
{
	AUTO(free) char *raw = NULL;
	AUTO(free) char *previous = previous_path(l, kind);

	TRY(fs_readlink(&raw, l->live[kind]));
	if (raw == NULL)
		return err_new(ERR_CONFIG, "%s is not a symbolic link", l->live[kind]);
	AUTO(free) char *target = place_target(l->live[kind], raw);

	return fs_symlink(target, previous);
}

static struct err *forget_all(const struct lineage *l)
{
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *previous = previous_path(l, kind);

		TRY(fs_unlink(previous));
	}
	return fs_sync_dir(l->live_dir);
}

static struct err *remember_all(const struct lineage *l)
{
	TRY(forget_all(l)); /* fewer than four mean nothing, but are in the way */
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		TRY(remember(l, kind));
	return fs_sync_dir(l->live_dir);
}

static struct err *relink_all(const struct lineage *l, const char *link_dir, unsigned version)
{
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *target = archive_path(link_dir, kind, version);

		TRY(relink(l->live[kind], target));
	}
	return fs_sync_dir(l->live_dir);
}

struct err *dance(const struct lineage *l, const char *link_dir, unsigned version)
{
	struct err *e = remember_all(l);

	if (e == NULL)
		e = relink_all(l, link_dir, version);
	if (e != NULL) {
		err_ignore(dance_undo(l));
		return e;
	}
	return forget_all(l);
}

/* One look is enough for a lineage that nobody interrupted. */
static bool all_remembered(const struct lineage *l)
{
	struct stat st;

	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *previous = previous_path(l, kind);

		if (lstat(previous, &st) != 0)
			return false;
	}
	return true;
}

static struct err *put_back(const struct lineage *l, enum lineage_kind kind)
{
	AUTO(free) char *previous = previous_path(l, kind);
	AUTO(free) char *target = NULL;

	TRY(fs_readlink(&target, previous));
	if (target == NULL)
		return err_new(ERR_CONFIG, "%s is not a symbolic link", previous);
	return relink(l->live[kind], target);
}

struct err *dance_undo(const struct lineage *l)
{
	if (!all_remembered(l))
		return NULL;
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		TRY(put_back(l, kind));
	TRY(fs_sync_dir(l->live_dir));
	return forget_all(l);
}
