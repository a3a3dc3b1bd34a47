#include "ca/service/upkeep.h"

#include <event2/event.h>

#include "base/limits.h"
#include "ca/log/log.h"
#include "ca/store/pace.h"
#include "ca/store/store.h"

#define DAY_S (24 * 60 * 60)

enum {
	KEEP_ORDERS_S = 30 * DAY_S, /* and authorizations, after they expired */
	KEEP_CERTS_S = 90 * DAY_S,
};

static const struct timeval hourly = { .tv_sec = 60 * 60 };

struct upkeep {
	struct ca *ca;
	struct mailbox *mailbox;
	struct event *timer;
	bool asking, stopped;
	int64_t purged; /* in this round */
	struct pace pace;
	int64_t asked_ms;
};

static void go_on_after(struct upkeep *u, const struct timeval *time)
{
	if (!u->stopped)
		(void)event_add(u->timer, time);
}

/* The store's time for the last purge says when the next may come. */
static void go_on(struct upkeep *u)
{
	pace_learn(&u->pace, world_monotonic_ms(u->ca->world) - u->asked_ms);
	const struct timeval pause = { .tv_sec = u->pace.pause_ms / 1000,
				       .tv_usec = u->pace.pause_ms % 1000 * 1000 };

	go_on_after(u, &pause);
}

static void end_round(struct upkeep *u)
{
	if (u->purged > 0)
		ca_log(u->ca->log, LOG_LEVEL_INFO, "purged",
		       LOG_FIELDS(LOG_NUM("objects", u->purged)));
	u->purged = 0;
	go_on_after(u, &hourly);
}

static void on_purged(void *ctx, struct store_answer *a)
{
	struct upkeep *u = ctx;

	u->asking = false;
	if (a->error != NULL)
		ca_log(u->ca->log, LOG_LEVEL_WARNING, "purge_failed",
		       LOG_FIELDS(LOG_ERR(a->error)));
	else
		u->purged += a->number;
	if (a->error == NULL && a->number > 0)
		go_on(u);
	else
		end_round(u);
}

static void purge(struct upkeep *u)
{
	const struct store_asker who = { u->mailbox, on_purged, u };
	time_t now = world_now(u->ca->world);

	u->asking = true;
	u->asked_ms = world_monotonic_ms(u->ca->world);
	store_purge(u->ca->store, &who, now - KEEP_ORDERS_S, now - KEEP_CERTS_S, u->pace.limit);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	purge(ctx);
}

struct upkeep *upkeep_new(struct ca *ca, struct event_base *base, struct mailbox *mailbox,
			  const struct timeval *first)
{
	struct upkeep *u = xcalloc(1, sizeof(*u));

	u->ca = ca;
	u->mailbox = mailbox;
	u->pace = pace_first();
	u->timer = evtimer_new(base, on_timer, u);
	if (u->timer == NULL)
		abort();
	go_on_after(u, first);
	return u;
}

bool upkeep_is_idle(const struct upkeep *u)
{
	return !u->asking;
}

void upkeep_stop(struct upkeep *u)
{
	u->stopped = true;
	(void)event_del(u->timer);
}

void upkeep_free(struct upkeep *u)
{
	if (u == NULL)
		return;
	event_free(u->timer);
	free(u);
}
