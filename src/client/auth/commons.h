/*
 * What all instances of a plugin in this run have in common: renewals side by side have an instance each, and they may
 * work at the same places.
 */
#pragma once

#include "client/plugin.h"

struct commons;

struct commons *commons_new(void);
void commons_free(struct commons *c);

/* A loan. */
struct plugin_common *commons_of(struct commons *c, const struct plugin *p);

AUTO_FREE(struct commons, commons_free)
