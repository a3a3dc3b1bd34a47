#include <event2/event.h>
#include <stdio.h>

#include "base/limits.h"
#include "bench_store.h"
#include "ca/store/pace.h"

enum { ASKERS = 8, ISSUANCES = 1000 };

/* Asks again while there is something left, as the service does. */
struct purge {
	struct target *target;
	struct event *timer;
	struct pace pace;
	int64_t asked_ms;
	time_t before;
	int64_t dropped;
	bool done;
	struct err *error;
};

static void on_purged(void *ctx, struct store_answer *a)
{
	struct purge *p = ctx;

	p->error = MOVE(a->error);
	p->dropped += a->number;
	p->done = p->error != NULL || a->number == 0;
	pace_learn(&p->pace, world_monotonic_ms(&world) - p->asked_ms);
	if (!p->done)
		event_add(p->timer, &(struct timeval){ .tv_sec = p->pace.pause_ms / 1000,
						       .tv_usec = p->pace.pause_ms % 1000 * 1000 });
}

static void ask(evutil_socket_t fd, short what, void *ctx)
{
	struct purge *p = ctx;
	const struct store_asker who = { p->target->mailbox, on_purged, p };

	(void)fd;
	(void)what;
	p->asked_ms = world_monotonic_ms(&world);
	store_purge(p->target->store, &who, p->before, p->before, p->pace.limit);
}

static void report(const char *what, const struct cost *c)
{
	printf("%-16s %8.0f issuances/s, a step waited %.1f ms (p99), %.1f ms at most\n", what,
	       ISSUANCES / c->wall_s, c->p99_ms, c->longest_ms);
}

static struct err *issue_until_done(struct cost *worst, struct purge *p)
{
	while (!p->done) {
		struct cost c;

		TRY(issue(&c, p->target, ASKERS, ISSUANCES));
		if (c.p99_ms > worst->p99_ms)
			*worst = c;
	}
	return NULL;
}

static struct err *drain(struct purge *p, struct target *t)
{
	struct cost worst = { 0 };

	p->timer = evtimer_new(t->base, ask, p);
	ask(-1, 0, p);
	struct err *e = issue_until_done(&worst, p);

	event_free(p->timer);
	report("while purging", &worst);
	return e != NULL ? e : MOVE(p->error);
}

struct err *purge_beside(struct target *t, int64_t count)
{
	time_t now = world_now(&world);
	struct purge p = { .target = t, .pace = pace_first(), .before = now - 1 };
	struct cost c;

	TRY(fill(t, count, now - 86400));
	TRY(issue(&c, t, ASKERS, ISSUANCES));
	report("before", &c);
	int64_t begin_ms = world_monotonic_ms(&world);

	TRY(drain(&p, t));
	printf("purged %lld objects in %.1f s, at most %d of a kind at once\n",
	       (long long)p.dropped, (double)(world_monotonic_ms(&world) - begin_ms) / 1e3,
	       LIMIT_STORE_PURGE);
	TRY(issue(&c, t, ASKERS, ISSUANCES));
	report("after", &c);
	return NULL;
}
