/* Which lineage of a run is renewed in which archive: two renewal files may name the same one, and two renewals would mix their files. */
#pragma once

#include "client/lineage/lineage.h"

struct claims {
	struct strlist archives; /* device and inode; a path while there is none */
	struct strlist names;    /* of their lineages, in the same order */
};

/* An error: another lineage is renewed in its archive. */
MUST_CHECK struct err *claims_check(const struct claims *c, const struct lineage *l);
void claims_add(struct claims *c, const struct lineage *l);
void claims_release(struct claims *c);
