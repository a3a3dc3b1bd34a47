/* A connection that failed, as clients are told (ca.md 1.7). */
#pragma once

#include "base/err.h"
#include "va/channel.h"

/* prefix: "192.0.2.1: Fetching http://example.org/x: ". */
MUST_CHECK NEVER_NULL struct err *channel_problem(const struct channel_failure *f, const char *prefix);
