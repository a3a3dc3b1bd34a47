/*
 * Exceptions from rate limits: lines of `LIMIT KEY COUNT / TIME` or `LIMIT KEY off`; "#" begins a comment. A KEY that its limit could
 * never count is refused.
 */
#pragma once

#include "base/err.h"
#include "ca/config/config.h"

struct overrides;

struct override_form {
	const char *name; /* of the limit */
	/* From KEY to what the limit counts by. */
	struct err *(*read_key)(char **out, const char *written);
};

/* `forms` are the limits there are, up to one without name. ERR_CONFIG names file and line. path NULL: no exceptions. */
MUST_CHECK struct err *overrides_load(struct overrides **out, const char *path,
				      const struct override_form *forms);
void overrides_free(struct overrides *o);

/* The exception for this key of a limit; NULL: none. A loan. */
const struct rate *overrides_find(const struct overrides *o, const char *limit, const char *key);

AUTO_FREE(struct overrides, overrides_free)
