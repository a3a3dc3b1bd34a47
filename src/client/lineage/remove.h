/*
 * Removing a lineage (certbot.md 13.2). Its renewal file takes a hidden name first, so that nobody sees it any more, and
 * goes last: what a killed run has not removed is found by it.
 */
#pragma once

#include "client/lineage/lineage.h"

/*
 * shared_with   out; the lineage whose archive this was too: then the archive stays. NULL: it was removed
 *
 * ERR_CONFIG: there is none of this name; its renewal file cannot be read, then that is removed alone; its archive directory
 * is one that holds more than it, then nothing is removed.
 */
MUST_CHECK struct err *lineage_remove(char **shared_with, const struct tree *t, const char *name);
/* Goes on where a killed lineage_remove stopped; entry: a file of the renewal directory, of whatever kind. */
MUST_CHECK struct err *remove_settle(const struct tree *t, const char *entry);

/* The other lineage with the same archive directory; *out NULL: there is none. */
MUST_CHECK struct err *lineage_sharing_archive(char **out, const struct tree *t,
					       const struct lineage *l);
