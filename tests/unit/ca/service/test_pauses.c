/* How the store is asked to purge depends on how long it took before: the store is the test's own, and so is time. */
#include "check.h"

#include <event2/event.h>

#include "base/limits.h"
#include "ca/ca.h"
#include "ca/service/upkeep.h"
#include "ca/store/store.h"
#include "net/mailbox.h"

#define HOUR_S 3600

enum { ASKED_MAX = 8 };

struct scene {
	struct clock clock;
	struct world world;
	struct ca ca;
	struct event_base *base;
	struct mailbox *mailbox;
	struct upkeep *upkeep;
	int64_t now_ms, took_ms; /* by each purge */
	size_t limits[ASKED_MAX];
	size_t asked;
	struct store_asker who;
};

static time_t now(const struct clock *c)
{
	(void)c;
	return HOUR_S;
}

static int64_t monotonic_ms(const struct clock *c)
{
	return ((const struct scene *)(const void *)c)->now_ms;
}

static void answer(void *arg)
{
	struct scene *s = arg;
	struct store_answer a = { .outcome = STORE_DONE, .number = 1 };

	s->now_ms += s->took_ms;
	s->who.done(s->who.ctx, &a);
}

/* In the place of the store's own. */
void store_purge(struct store *store, const struct store_asker *who, time_t before,
		 time_t certs_before, size_t limit)
{
	struct scene *s = (struct scene *)(void *)store;

	assert_true(before > certs_before && s->asked < ASKED_MAX);
	s->limits[s->asked++] = limit;
	s->who = *who;
	mailbox_post(s->mailbox, answer, s);
}

static void scene_open(struct scene *s, int64_t took_ms)
{
	static const struct timeval at_once = { 0 };

	*s = (struct scene){ .clock = { .now = now, .monotonic_ms = monotonic_ms },
			     .base = event_base_new(),
			     .took_ms = took_ms };
	s->world = (struct world){ .clock = &s->clock };
	s->ca = (struct ca){ .world = &s->world, .store = (struct store *)(void *)s };
	assert_done(mailbox_new(&s->mailbox, s->base));
	s->upkeep = upkeep_new(&s->ca, s->base, s->mailbox, &at_once);
}

static void scene_close(struct scene *s)
{
	mailbox_free(s->mailbox);
	upkeep_free(s->upkeep);
	event_base_free(s->base);
}

static void run_until_asked(struct scene *s, size_t times)
{
	while (s->asked < times)
		assert_int_equal(event_base_loop(s->base, EVLOOP_ONCE), 0);
}

static void a_slow_store_is_asked_for_less(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, LIMIT_STORE_PURGE_MS + 1);
	run_until_asked(&s, 3);
	assert_int_equal(s.limits[0], LIMIT_STORE_PURGE);
	assert_int_equal(s.limits[1], LIMIT_STORE_PURGE / 2);
	assert_true(s.limits[2] < s.limits[1]);
	s.took_ms = 1;
	run_until_asked(&s, 5);
	assert_true(s.limits[4] > s.limits[2]);
	scene_close(&s);
}

/* The seconds until the timer, of which there is one. */
static int see_timer(const struct event_base *base, const struct event *e, void *arg)
{
	struct timeval due = { 0 }, today = { 0 };

	(void)base;
	if (event_pending(e, EV_TIMEOUT, &due) == 0)
		return 0;
	(void)evutil_gettimeofday(&today, NULL);
	*(time_t *)arg = due.tv_sec - today.tv_sec;
	return 1;
}

static void the_pause_is_as_long_as_the_store_was_busy(void **state)
{
	struct scene s;
	time_t pause_s = 0;

	(void)state;
	scene_open(&s, (int64_t)HOUR_S * 1000);
	run_until_asked(&s, 1);
	while (!upkeep_is_idle(s.upkeep))
		assert_int_equal(event_base_loop(s.base, EVLOOP_ONCE), 0);
	assert_int_equal(event_base_foreach_event(s.base, see_timer, &pause_s), 1);
	assert_true(pause_s > 2 * HOUR_S);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_store_is_asked_for_less),
		cmocka_unit_test(the_pause_is_as_long_as_the_store_was_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
