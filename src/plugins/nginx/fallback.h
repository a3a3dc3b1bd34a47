/*
 * The blocks that answer on the https port for names that nobody has there: of each socket its default. A block that is made to listen
 * there may become that, by being read first, and take those names with it.
 */
#pragma once

#include "plugins/nginx/beside.h"

struct fallbacks {
	struct fallback *items;
	size_t count;
};

/* Before the edits: who shows a certificate for such names. The targets' own are names beside already. */
MUST_CHECK struct err *fallbacks_note(struct fallbacks *out, struct bystanders *known,
				      const struct beside *b, int64_t https_port);
/* After them: the names that one answers for now which shows fullchain are noted. */
MUST_CHECK struct err *fallbacks_follow(struct bystanders *known, const struct fallbacks *before,
					struct config *c, const char *fullchain);
void fallbacks_release(struct fallbacks *l);

AUTO_RELEASE(struct fallbacks, fallbacks_release)
