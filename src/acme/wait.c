#include "acme/wait.h"

#include "net/header.h"

#define LEAST_MS 5
#define FIRST_ROUND_TRIPS 4
#define LONG_ROUND_TRIP_MS 20
#define EARLY_MS 25

static int64_t between(int64_t least, int64_t n, int64_t most)
{
	if (n < least)
		return least;
	return n > most ? most : n;
}

/*
 * A CA near by, or busy, shows in how long its last answers took; each further name takes it a little longer. When a request
 * sent now arrives, the CA has had one round trip's time already.
 */
static int64_t first_ms(const struct acme_session *s, size_t names)
{
	int64_t rtt = session_recent_ms(s);
	int64_t least = between(LEAST_MS, LEAST_MS - 1 + (int64_t)names, WAIT_STEADY_MS);
	int64_t wanted = between(least, rtt * FIRST_ROUND_TRIPS, WAIT_STEADY_MS);

	return wanted > rtt ? wanted - rtt : 0;
}

int wait_early_ms(const struct acme_session *s, size_t names)
{
	if (!s->warm || s->rtt_ms < FAR_ROUND_TRIP_MS)
		return 0;
	return (int)between(EARLY_MS, (int64_t)names, WAIT_STEADY_MS);
}

void wait_begin(struct wait *w, struct acme_session *s, const char *activity, const char *subject,
		unsigned timeout_s)
{
	int64_t now = world_monotonic_ms(s->world);

	*w = (struct wait){
		.session = s,
		.activity = activity,
		.subject = subject,
		.started_ms = now,
		.deadline_ms = now + (int64_t)timeout_s * 1000,
		.next_ms = first_ms(s, 1),
	};
}

void wait_expect(struct wait *w, size_t names)
{
	w->next_ms = first_ms(w->session, names);
}

/* Doubles to 50 ms where the CA is near, starts there where it is not; then grows by half. */
static void grow(struct wait *w)
{
	bool near = session_recent_ms(w->session) < LONG_ROUND_TRIP_MS;

	if (w->next_ms >= WAIT_STEADY_MS)
		w->next_ms += w->next_ms / 2;
	else
		w->next_ms = near ? between(LEAST_MS * 2, w->next_ms * 2, WAIT_STEADY_MS)
				  : WAIT_STEADY_MS;
	w->next_ms = between(0, w->next_ms, WAIT_LONGEST_MS);
}

/* RFC 8555 §7.5.1: what the CA says counts, but never past the deadline. */
static int64_t delay_ms(const struct wait *w, const struct http_headers *last, int64_t left_ms)
{
	unsigned asked_s = 0;
	bool found = false;
	int64_t ms = w->next_ms;

	if (last != NULL)
		retry_after_s(&asked_s, &found, last, world_now(w->session->world),
			      LIMIT_RETRY_AFTER_S);
	if (found && (int64_t)asked_s * 1000 > ms)
		ms = (int64_t)asked_s * 1000;
	return ms < left_ms ? ms : left_ms;
}

struct err *wait_round(struct wait *w, const struct http_headers *last)
{
	const struct world *world = w->session->world;
	int64_t now = world_monotonic_ms(world);
	int64_t left = w->deadline_ms - now;

	if (left <= 0)
		return err_new(ERR_TIMEOUT, "%s (%s): nothing after %lld seconds", w->activity,
			       w->subject, (long long)(now - w->started_ms) / 1000);
	session_report(w->session, w->activity, w->subject, now - w->started_ms);
	TRY(world_sleep_ms(world, delay_ms(w, last, left)));
	grow(w);
	return NULL;
}
