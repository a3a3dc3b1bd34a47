/*
 * What `certificates` knows of a certificate beyond Certbot's seven lines: for people where there is something to be told, for
 * programs (--json) all of it. Only for these is a lineage read that was found whole before.
 */
#pragma once

#include "client/client.h"
#include "client/lineage/listing.h"

/* Lines behind the seven. setbacks: setback_names(). */
void inventory_add_text(struct buf *out, const struct client *c, const struct listing *l,
			const struct strlist *setbacks);
void inventory_report(const struct client *c, const struct listing *l);
