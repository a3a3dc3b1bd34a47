#include "client/cmd/claims.h"

#include <errno.h>
#include <sys/stat.h>

static struct err *archive_of(char **out, const struct lineage *l)
{
	struct stat st;

	if (stat(l->archive_dir, &st) < 0)
		return err_errno(errno, "archive directory %s", l->archive_dir);
	*out = str_fmt("%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return NULL;
}

struct err *claims_check(const struct claims *c, const struct lineage *l)
{
	AUTO(free) char *archive = NULL;

	if (c->names.count == 0)
		return NULL;
	TRY(archive_of(&archive, l));
	for (size_t i = 0; i < c->names.count; i++)
		if (streq(c->archives.items[i], archive) && !streq(c->names.items[i], l->name))
			return err_new(ERR_CONFIG,
				       "%s names the archive in which certificate %s is renewed (%s); "
				       "remove one of the two renewal files",
				       l->conf_path, c->names.items[i], l->archive_dir);
	return NULL;
}

struct err *claims_add(struct claims *c, const struct lineage *l)
{
	AUTO(free) char *archive = NULL;

	TRY(archive_of(&archive, l));
	strlist_take(&c->archives, MOVE(archive));
	strlist_add(&c->names, l->name);
	return NULL;
}

void claims_release(struct claims *c)
{
	strlist_release(&c->archives);
	strlist_release(&c->names);
}
