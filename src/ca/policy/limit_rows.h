/* The rate limits: what each counts, of whom, and where its rate is configured. */
#pragma once

#include "ca/policy/limiter.h"
#include "ca/policy/overrides.h"

struct limit_row {
	struct override_form form; /* its key in [limits], and whom an exception names */
	size_t offset;             /* of its rate in struct limits_config */
	const char *thing;         /* too many of these... */
	const char *whose;
	const char *path; /* ...or of any requests for what is below this */
};

extern const struct limit_row limit_rows[LIMIT_KIND_COUNT];

/* That of the requests for this path; false: none. */
bool limit_of_path(enum limit_kind *out, const char *path);
