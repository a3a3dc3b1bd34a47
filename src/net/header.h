/* Header values with a grammar of their own: Link (RFC 8288) and Retry-After (RFC 9110 §10.2.3). */
#pragma once

#include <time.h>

#include "base/err.h"
#include "base/str.h"
#include "net/http1.h"

/* Targets of all Link headers whose rel has this relation type. Malformed links are skipped. */
void link_targets(struct strlist *out, const struct http_headers *h, const char *rel);

/*
 * Seconds to wait from now: delta-seconds or HTTP-date. *found false when absent or not understood (never an error).
 * Negative and past values are 0; the value is capped at cap_s.
 */
void retry_after_s(unsigned *out, bool *found, const struct http_headers *h, time_t now, unsigned cap_s);

/* media type without parameters, lower case: "application/json"; NULL when absent */
char *content_media_type(const struct http_headers *h);
