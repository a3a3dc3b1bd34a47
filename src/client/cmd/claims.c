#include "client/cmd/claims.h"

#include <sys/stat.h>

#include "base/fs.h"

/* One that is not there yet will be made. */
static char *archive_of(const struct lineage *l)
{
	struct stat st;

	if (stat(l->archive_dir, &st) < 0)
		return fs_absolute(l->archive_dir);
	return str_fmt("%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
}

struct err *claims_check(const struct claims *c, const struct lineage *l)
{
	if (c->names.count == 0)
		return NULL;
	AUTO(free) char *archive = archive_of(l);

	for (size_t i = 0; i < c->names.count; i++)
		if (streq(c->archives.items[i], archive) && !streq(c->names.items[i], l->name))
			return err_new(
				ERR_CONFIG,
				"%s names the archive in which certificate %s is renewed (%s); "
				"remove one of the two renewal files",
				l->conf_path, c->names.items[i], l->archive_dir);
	return NULL;
}

void claims_add(struct claims *c, const struct lineage *l)
{
	strlist_take(&c->archives, archive_of(l));
	strlist_add(&c->names, l->name);
}

void claims_release(struct claims *c)
{
	strlist_release(&c->archives);
	strlist_release(&c->names);
}
