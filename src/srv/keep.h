/* Names beside those of a change: where one is shown a certificate that is good for it, it is so afterwards too. */
#pragma once

#include "base/world.h"
#include "srv/endpoint.h"

/* *good: of each place, the caller's; who does not answer shows none. */
MUST_CHECK struct err *keep_note(bool **good, const struct world *w, const struct endpoints *at);
/* ERR_BUSY: one of these is not any more, for longer than workers that end take. */
MUST_CHECK struct err *keep_check(const struct world *w, const struct endpoints *at,
				  const bool *good);
