#include "client/lineage/find.h"

#include <sys/stat.h>

#include "client/lineage/archive.h"

static size_t name_count(const struct cert_names *n)
{
	return n->dns.count + n->ip.count;
}

static bool is_part(const struct cert_names *part, const struct cert_names *whole)
{
	return name_count(part) > 0 && strlist_subset(&part->dns, &whole->dns) &&
	       strlist_subset(&part->ip, &whole->ip);
}

/* Takes candidate. */
static void keep(struct lineage **place, struct lineage *candidate)
{
	lineage_free(*place);
	*place = candidate;
}

static void consider(struct lineage **same, struct lineage **part, struct lineage *candidate,
		     const struct cert_names *names)
{
	const struct cert_names *has = &candidate->cert->names;

	if (cert_names_same(has, names))
		keep(same, candidate);
	else if (is_part(has, names) &&
		 (*part == NULL || name_count(has) > name_count(&(*part)->cert->names)))
		keep(part, candidate);
	else
		lineage_free(candidate);
}

struct err *lineage_find(struct lineage **same, struct lineage **part, const struct tree *t,
			 const struct cert_names *names)
{
	AUTO(strlist_release) struct strlist all = { 0 };

	*same = NULL;
	*part = NULL;
	TRY(lineage_names(&all, t));
	for (size_t i = 0; i < all.count; i++) {
		struct lineage *candidate = NULL;
		struct err *e = lineage_load(&candidate, t, all.items[i]);

		if (e == NULL)
			consider(same, part, candidate, names);
		err_ignore(e);
	}
	return NULL;
}

static bool is_file(const struct stat *wanted, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino;
}

static bool is_version(const struct stat *wanted, const struct lineage *l, unsigned number)
{
	AUTO(free) char *cert = archive_path(l->archive_dir, KIND_CERT, number);
	AUTO(free) char *fullchain = archive_path(l->archive_dir, KIND_FULLCHAIN, number);

	return is_file(wanted, cert) || is_file(wanted, fullchain);
}

static bool has_file(const struct lineage *l, const struct stat *wanted)
{
	AUTO(archive_release) struct archive a = { 0 };
	struct err *e = archive_scan(&a, l->archive_dir);
	bool found = is_file(wanted, l->live[KIND_CERT]) ||
		     is_file(wanted, l->live[KIND_FULLCHAIN]);

	for (size_t i = 0; e == NULL && !found && i < a.count; i++)
		found = is_version(wanted, l, a.items[i].number);
	err_ignore(e);
	return found;
}

static struct err *take_only_one(char **name, const char *path, const struct lineage *l)
{
	if (*name != NULL)
		return err_new(
			ERR_CONFIG,
			"%s belongs to the certificates %s and %s; name one with --cert-name", path,
			*name, l->name);
	*name = xstrdup(l->name);
	return NULL;
}

struct err *lineage_find_by_file(char **name, const struct tree *t, const char *path)
{
	AUTO(strlist_release) struct strlist all = { 0 };
	AUTO(free) char *found = NULL;
	struct stat wanted;

	TRY(lineage_names(&all, t));
	for (size_t i = 0; stat(path, &wanted) == 0 && i < all.count; i++) {
		AUTO(lineage_free) struct lineage *l = NULL;
		struct err *broken = lineage_load(&l, t, all.items[i]);

		if (broken == NULL && has_file(l, &wanted))
			TRY(take_only_one(&found, path, l));
		err_ignore(broken);
	}
	if (found == NULL)
		return err_new(ERR_CONFIG, "No match found for cert-path %s!", path);
	*name = MOVE(found);
	return NULL;
}
