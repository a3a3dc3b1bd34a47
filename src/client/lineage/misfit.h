/*
 * Links of a lineage that do not fit: outside the archive that its renewal file names, not named as in an archive, or of different
 * versions (what Certbot's library calls not consistent). Such a lineage works and is renewed; whoever set it up should know.
 */
#pragma once

#include "client/lineage/lineage.h"
#include "client/ui/event.h"

/* Why the link of this kind, whose version is known and whose target is absolute, does not fit; NULL: it does. */
MUST_CHECK struct err *misfit_of_link(const struct lineage *l, enum lineage_kind kind, const char *target);
/*
 * An archive outside the tree is the lineage's own when its links lead there: an administrator moved it. ERR_CONFIG when they do
 * not: new files would be written among others, and old ones removed, because of one wrong line.
 */
MUST_CHECK struct err *misfit_check_archive(const struct lineage *l, const struct tree *t);
/* A warning; misfit NULL: nothing. */
void misfit_report(struct ui *ui, const char *lineage, const struct err *misfit);
