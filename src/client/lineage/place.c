#include "client/lineage/place.h"

#include <string.h>

#include "base/fs.h"

static char *below(const struct tree *t, const char *folder, const char *name, const char *suffix)
{
	return str_fmt("%s/%s/%s%s", t->config_dir, folder, name, suffix);
}

struct lineage *place_of(const struct tree *t, const char *name)
{
	struct lineage *l = xcalloc(1, sizeof(*l));

	l->name = xstrdup(name);
	l->conf_path = below(t, "renewal", name, ".conf");
	l->archive_dir = below(t, "archive", name, "");
	l->live_dir = below(t, "live", name, "");
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		l->live[kind] = str_fmt("%s/%s.pem", l->live_dir, lineage_kind_names[kind]);
	return l;
}

char *place_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

const char *place_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

char *place_target(const char *link, const char *raw)
{
	if (raw[0] == '/')
		return fs_absolute(raw);
	AUTO(free) char *dir = place_parent(link);
	AUTO(free) char *joined = fs_join(dir, raw);

	return fs_absolute(joined);
}

char *place_twin(const char *live_dir)
{
	AUTO(free) char *above = place_parent(live_dir);

	return str_fmt("%s/.%s.new", above, place_name(live_dir));
}

char *place_conf_new(const struct lineage *l)
{
	return str_fmt("%s.new", l->conf_path);
}

static bool leads_to_archive(const struct lineage *l, const char *raw_dir)
{
	AUTO(free) char *archive = fs_absolute(l->archive_dir);
	AUTO(free) char *there = place_target(l->live[KIND_CERT], raw_dir);

	return streq(archive, there);
}

struct err *place_link_dir(char **out, const struct lineage *l)
{
	AUTO(free) char *raw = NULL;
	AUTO(free) char *relative = str_fmt("../../archive/%s", place_name(l->archive_dir));

	TRY(fs_readlink(&raw, l->live[KIND_CERT]));
	AUTO(free) char *current = raw != NULL ? place_parent(raw) : NULL;

	if (current != NULL && leads_to_archive(l, current))
		*out = MOVE(current);
	else if (leads_to_archive(l, relative))
		*out = MOVE(relative);
	else
		*out = fs_absolute(l->archive_dir);
	return NULL;
}
