/* Time handed in. Tests use a virtual clock whose sleep only moves its own time. */
#pragma once

#include <stdint.h>
#include <time.h>

#include "base/err.h"

struct interrupt;

struct clock {
	time_t (*now)(const struct clock *c);          /* seconds since the epoch */
	int64_t (*monotonic_ms)(const struct clock *c); /* for deadlines */
	/* ERR_INTERRUPTED when `stop` (may be NULL) fires first. */
	struct err *(*sleep_ms)(const struct clock *c, int64_t ms, const struct interrupt *stop);
};

extern const struct clock system_clock;

/* Milliseconds since the epoch, for time stamps in logs; a virtual clock gives whole seconds. */
int64_t clock_now_ms(const struct clock *c);

/* "2026-11-21T23:09:46Z" (RFC 3339, UTC) and back; false when the text is not one. */
char *time_rfc3339(time_t t);
MUST_CHECK bool time_parse_rfc3339(const char *text, time_t *out);

/* "Sun, 06 Nov 1994 08:49:37 GMT" and the two old forms (RFC 9110 §5.6.7). */
char *time_http_date(time_t t);
MUST_CHECK bool time_parse_http_date(const char *text, time_t *out);

/* "2026-11-22T05:10:17" in local time without a zone, as Certbot stores ari_retry_after. */
char *time_local_iso(time_t t);
MUST_CHECK bool time_parse_local_iso(const char *text, time_t *out);

/* "2027-02-19" and "2027-02-19 23:10:25+00:00", UTC. */
char *time_utc_day(time_t t);
char *time_utc_long(time_t t);

/* Seconds since the epoch of a UTC date; no time zone, no locale, any year 1..9999. */
time_t time_from_utc(int year, int month, int day, int second_of_day);
