#include "client/lineage/find.h"

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
