/* Exceptions from rate limits: lines of `LIMIT KEY COUNT / TIME` or `LIMIT KEY off`; "#" begins a comment. */
#pragma once

#include "base/err.h"
#include "ca/config/config.h"

struct overrides;

/* `names` are the limits there are, NULL-ended. ERR_CONFIG names file and line. path NULL: no exceptions. */
MUST_CHECK struct err *overrides_load(struct overrides **out, const char *path,
				      const char *const *names);
void overrides_free(struct overrides *o);

/* The exception for this key of a limit; NULL: none. A loan. */
const struct rate *overrides_find(const struct overrides *o, const char *limit, const char *key);

AUTO_FREE(struct overrides, overrides_free)
