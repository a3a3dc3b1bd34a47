/*
 * The live directory of a lineage: four links into the archive, changed together.
 *
 * All four change in one step: the directory's twin is made with the new links and the two are swapped. Where that cannot
 * be done (a file system without it, a live directory that is a link or a mount point), the links are changed one after
 * the other under the protection of Certbot's previous_* links, which any later load puts back (certbot.md 8.1).
 */
#pragma once

#include "client/lineage/lineage.h"

/* Fills l->versions, l->misfit and l->complete. ERR_CONFIG when a link is none or its target is missing. */
MUST_CHECK struct err *live_read(struct lineage *l);
/* Puts the links back that an interrupted change left in previous_*. */
MUST_CHECK struct err *live_restore(const struct lineage *l);
/* Ends what an interrupted swap left. */
MUST_CHECK struct err *live_settle(const struct lineage *l);
/* All four links to this version. */
MUST_CHECK struct err *live_point(const struct lineage *l, unsigned version);
/* A new live directory with these links and a README; an empty one that is there is taken over. */
MUST_CHECK struct err *live_create(const struct lineage *l, unsigned version, mode_t mode);
