#include "client/lineage/misfit.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "client/lineage/place.h"

/* By text first: nearly always that is all there is to do. */
static bool is_in(const char *dir, const char *path)
{
	size_t len = strlen(dir);
	struct stat wanted, above;

	if (strncmp(path, dir, len) == 0 && path[len] == '/' && strchr(path + len + 1, '/') == NULL)
		return true;
	AUTO(free) char *parent = place_parent(path);

	return stat(dir, &wanted) == 0 && stat(parent, &above) == 0 &&
	       wanted.st_dev == above.st_dev && wanted.st_ino == above.st_ino;
}

struct err *misfit_of_link(const struct lineage *l, enum lineage_kind kind, const char *target)
{
	const char *link = l->live[kind];

	if (link[0] != '/')
		return err_new(ERR_CONFIG, "the path %s in %s is not absolute", link, l->conf_path);
	if (!is_in(l->archive_dir, target))
		return err_new(ERR_CONFIG,
			       "the link %s points to %s, outside the archive of %s (%s)", link,
			       target, l->conf_path, l->archive_dir);
	if (l->versions[kind] == 0)
		return err_new(ERR_CONFIG, "the link %s points to %s, where %sN.pem should be",
			       link, target, lineage_kind_names[kind]);
	if (l->versions[kind] != l->versions[0])
		return err_new(ERR_CONFIG, "the link %s points to version %u, but %s to version %u",
			       link, l->versions[kind], l->live[0], l->versions[0]);
	return NULL;
}

static bool is_in_tree(const struct lineage *l, const struct tree *t)
{
	AUTO(free) char *home = tree_path(t, "archive");
	AUTO(free) char *own = fs_absolute(l->archive_dir);
	size_t len = strlen(home);

	return strncmp(own, home, len) == 0 && own[len] == '/';
}

struct err *misfit_check_archive(const struct lineage *l, const struct tree *t)
{
	AUTO(free) char *raw = NULL;

	if (is_in_tree(l, t))
		return NULL;
	TRY(fs_readlink(&raw, l->live[KIND_PRIVKEY]));
	AUTO(free) char *target = raw != NULL ? place_target(l->live[KIND_PRIVKEY], raw) : NULL;

	if (target != NULL && is_in(l->archive_dir, target))
		return NULL;
	return err_new(
		ERR_CONFIG,
		"%s names %s as archive_dir, which is not below %s/archive and not where %s leads; "
		"set archive_dir to the directory with the certificate's files",
		l->conf_path, l->archive_dir, t->config_dir, l->live[KIND_PRIVKEY]);
}

void misfit_report(struct ui *ui, const char *lineage, const struct err *misfit)
{
	if (misfit == NULL)
		return;
	AUTO(free) char *text = err_text(misfit);

	ui_emit(ui, EVENT_WARNING_TEXT, FIELDS(STR("lineage", lineage), ERROR("error", misfit)),
		"The files of certificate %s do not fit together: %s", lineage, text);
}
