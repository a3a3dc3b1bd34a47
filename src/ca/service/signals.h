/* Signals as events of a loop. Made before other threads, so that they block what the loop takes. */
#pragma once

#include "base/err.h"

struct event_base;
struct signals;

enum wish { WISH_END, WISH_RELOAD }; /* SIGTERM or SIGINT, SIGHUP */

MUST_CHECK struct err *signals_new(struct signals **out, struct event_base *base,
				   void (*take)(void *ctx, enum wish wish), void *ctx);
/* Unblocks them. */
void signals_free(struct signals *s);

AUTO_FREE(struct signals, signals_free)
