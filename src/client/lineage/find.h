/* Lineages by the names of their certificates (certbot.md 6.2). */
#pragma once

#include "client/lineage/lineage.h"

/*
 * *same: the last lineage with exactly these names; *part: the one with the most names that are all among these, the first of
 * several. NULL: none. Lineages that do not load are passed over.
 */
MUST_CHECK struct err *lineage_find(struct lineage **same, struct lineage **part,
				    const struct tree *t, const struct cert_names *names);

/*
 * The lineage that has had this file as certificate or full chain, live or in its archive. ERR_CONFIG: none has, or several
 * have (they share an archive).
 */
MUST_CHECK struct err *lineage_find_by_file(char **name, const struct tree *t, const char *path);
