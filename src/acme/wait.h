/*
 * Waiting for the CA: a first look almost at once, then within 50 ms and longer each time, up to
 * 5 s; a Retry-After always obeyed, and an end. Waiting is what an ACME client costs: see
 * docs/performance.md.
 */
#pragma once

#include "acme/inside.h"

#define WAIT_STEADY_MS 50
#define WAIT_LONGEST_MS 5000

struct wait {
	struct acme_session *session;
	const char *activity, *subject; /* for progress and the message of a timeout */
	int64_t started_ms, deadline_ms;
	int64_t next_ms; /* of our own accord */
};

void wait_begin(struct wait *w, struct acme_session *s, const char *activity, const char *subject,
		unsigned timeout_s);
/* How long after what starts the CA's work on so many names a look may be sent, before the answer to that; 0: not at all. */
int wait_early_ms(const struct acme_session *s, size_t names);
/* So many names are being worked on: the first look is a little later. */
void wait_expect(struct wait *w, size_t names);
/*
 * Sleeps before the next look. last: headers of the last answer, NULL if there is none. ERR_TIMEOUT
 * when time is up: the last look has been had.
 */
MUST_CHECK struct err *wait_round(struct wait *w, const struct http_headers *last);
