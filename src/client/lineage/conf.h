/* renewal/NAME.conf: read, written anew beside the old one, and put in its place (certbot.md 8.2). */
#pragma once

#include "client/lineage/lineage.h"

MUST_CHECK struct err *conf_read(struct ini **out, const char *path);
/* archive_dir and the four links, as the file names them; ERR_CONFIG when one of the links is missing. */
MUST_CHECK struct err *conf_paths(struct lineage *l);

/* Sets what the file of this lineage must say about places; values that are right already keep their spelling. */
MUST_CHECK struct err *conf_set_paths(struct ini *conf, const struct lineage *l);

/* Two steps, so that nothing is left to write when the lineage's new version has become live. */
MUST_CHECK struct err *conf_stage(const struct lineage *l, const struct ini *conf);
MUST_CHECK struct err *conf_publish(const struct lineage *l);
