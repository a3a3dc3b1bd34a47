#include <string.h>

#include "base/fs.h"
#include "client/lineage/lineage.h"
#include "client/lineage/live.h"
#include "client/lineage/place.h"
#include "client/lineage/remove.h"

#define NEW_SUFFIX ".new"

/* ".NAME.new" -> live/NAME brought to its end. */
static struct err *settle_live(const struct tree *t, const char *entry)
{
	size_t len = strlen(entry);

	if (entry[0] != '.' || len < strlen(NEW_SUFFIX) + 2 || !str_ends(entry, NEW_SUFFIX))
		return NULL;
	AUTO(free) char *name = xstrndup(entry + 1, len - 1 - strlen(NEW_SUFFIX));
	AUTO(lineage_free) struct lineage *l = place_of(t, name);

	return live_settle(l);
}

static struct err *settle_conf(const char *dir, const char *entry)
{
	AUTO(free) char *path = fs_join(dir, entry);

	return str_ends(entry, ".conf" NEW_SUFFIX) ? fs_unlink(path) : NULL;
}

struct err *lineages_settle(const struct tree *t)
{
	AUTO(free) char *live = tree_path(t, "live");
	AUTO(free) char *renewal = tree_path(t, "renewal");
	AUTO(strlist_release) struct strlist in_live = { 0 };
	AUTO(strlist_release) struct strlist in_renewal = { 0 };

	TRY(fs_list(&in_live, live));
	for (size_t i = 0; i < in_live.count; i++)
		TRY(settle_live(t, in_live.items[i]));
	TRY(fs_list(&in_renewal, renewal));
	for (size_t i = 0; i < in_renewal.count; i++) {
		TRY(settle_conf(renewal, in_renewal.items[i]));
		TRY_WRAP(remove_settle(t, in_renewal.items[i]), "going on with a deletion");
	}
	return NULL;
}
