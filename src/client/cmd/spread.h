/*
 * The random delay before the first renewal of a run (certbot.md 12.3): many machines start at the same minute. The locks are let go
 * for its time, so that others can look and work.
 */
#pragma once

#include "client/client.h"

/* On error the locks are not ours any more. */
MUST_CHECK struct err *spread_sleep(struct client *c);
