/* What somebody is told who is over a rate limit: the texts of ca.md 5.12, and when to come again. */
#pragma once

#include "ca/policy/limiter.h"

struct limit_hit {
	enum limit_kind kind;
	const char *key; /* whose bucket is empty */
	struct rate rate;
	int64_t wait_ms; /* until one can be spent */
};

struct err *limit_refusal(const struct limits_config *config, const struct limit_hit *h,
			  int64_t now_ms);
