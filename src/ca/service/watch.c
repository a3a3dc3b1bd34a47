#include "ca/service/watch.h"

#include <event2/event.h>

#include "ca/log/log.h"
#include "ca/setup/warnings.h"

struct watch {
	struct ca *ca;
	struct event *timer;
};

static void look(const struct watch *w)
{
	AUTO(strlist_release) struct strlist all = { 0 };

	warnings_all(&all, w->ca->warnings, world_now(w->ca->world));
	for (size_t i = 0; i < all.count; i++)
		ca_log(w->ca->log, LOG_LEVEL_WARNING, "attention",
		       LOG_FIELDS(LOG_STR("to", all.items[i])));
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	look(ctx);
}

struct watch *watch_new(struct ca *ca, struct event_base *base, const struct timeval *every)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->timer = event_new(base, -1, EV_PERSIST, on_timer, w);
	if (w->timer == NULL || event_add(w->timer, every) != 0)
		abort();
	watch_use(w, ca);
	return w;
}

void watch_use(struct watch *w, struct ca *ca)
{
	w->ca = ca;
	look(w);
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	event_free(w->timer);
	free(w);
}
