/* Where the parts of a lineage are, by text alone: no file is looked at, as Certbot does it (certbot.md 8.1). */
#pragma once

#include "client/lineage/lineage.h"

/* A lineage that is not there yet, or not read yet: default paths below the tree. */
struct lineage *place_of(const struct tree *t, const char *name);

char *place_parent(const char *path);
const char *place_name(const char *path);              /* behind the last slash; a loan */
char *place_target(const char *link, const char *raw); /* absolute, from the link's own directory */
char *place_twin(const char *live_dir);                /* live/.NAME.new */
char *place_conf_new(const struct lineage *l);         /* renewal/NAME.conf.new */

/* How links in the live directory name the archive: as they do now, else relative, else absolute. */
MUST_CHECK struct err *place_link_dir(char **out, const struct lineage *l);
