/* What expired long ago leaves by itself, a few at a time; what did not stays. */
#include "ca/sign/fixture.h"
#include "check.h"

#include <event2/event.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/log/log.h"
#include "ca/service/upkeep.h"
#include "ca/store/store.h"
#include "net/mailbox.h"

#define DAY 86400

enum { OLD = LIMIT_STORE_PURGE * 2 + 1 };

struct scene {
	struct fixture fixture;
	struct ca ca;
	struct event_base *base;
	struct mailbox *mailbox;
	size_t answers;
	int64_t last_id;
	enum store_outcome outcome;
};

static void open_scene(struct scene *s)
{
	*s = (struct scene){ .base = event_base_new() };
	fixture_new(&s->fixture, "[store]\npath = ca.db\n[log]\nfile = log\n");
	const struct log_options o = { .clock = fixture_world.clock,
				       .path = s->fixture.config->log.file };

	s->ca = (struct ca){ .world = &fixture_world, .config = s->fixture.config };
	assert_done(ca_log_new(&s->ca.log, &o));
	assert_done(store_open(&s->ca.store, s->ca.config, &fixture_world));
	assert_done(mailbox_new(&s->mailbox, s->base));
}

static void close_scene(struct scene *s)
{
	store_close(s->ca.store);
	mailbox_free(s->mailbox);
	ca_log_free(s->ca.log);
	event_base_free(s->base);
	fixture_free(&s->fixture);
}

static void on_answer(void *ctx, struct store_answer *a)
{
	struct scene *s = ctx;

	assert_null(a->error);
	s->outcome = a->outcome;
	s->last_id = a->authz_count > 0 ? a->authzs[0].id : 0;
	s->answers++;
}

static void wait_for(struct scene *s, size_t answers)
{
	while (s->answers < answers)
		assert_int_equal(event_base_loop(s->base, EVLOOP_ONCE), 0);
	s->answers = 0;
}

static void ask_authz(struct scene *s, time_t expires)
{
	char name[] = "a.test", http[] = "http-01", *types[] = { http };
	const struct store_asker who = { s->mailbox, on_answer, s };
	const struct store_order_ident ident = { .ident = { IDENT_DNS, name },
						 .token = "token",
						 .offered = { types, 1 } };
	const struct store_authz_new a = {
		.account_id = 1, .ident = &ident, .now = FIXTURE_NOW, .expires = expires
	};

	store_authz_create(s->ca.store, &who, &a);
}

static bool is_there(struct scene *s, int64_t id)
{
	const struct store_asker who = { s->mailbox, on_answer, s };

	store_authz_by_id(s->ca.store, &who, id);
	wait_for(s, 1);
	return s->outcome == STORE_DONE;
}

static void wait_for_line(const struct scene *s, const char *part)
{
	for (;;) {
		AUTO(free) char *text = NULL;

		assert_int_equal(event_base_loop(s->base, EVLOOP_ONCE), 0);
		ca_log_flush(s->ca.log);
		assert_done(fs_read(&text, NULL, s->ca.config->log.file, LIMIT_FILE));
		if (strstr(text, part) != NULL)
			return;
	}
}

static void test_round(void **state)
{
	const struct timeval soon = { .tv_usec = 1000 };
	struct scene s;

	(void)state;
	open_scene(&s);
	ask_authz(&s, FIXTURE_NOW - 29 * DAY);
	wait_for(&s, 1);
	int64_t young = s.last_id;

	for (size_t i = 0; i < OLD; i++)
		ask_authz(&s, FIXTURE_NOW - 31 * DAY);
	wait_for(&s, OLD);
	int64_t old = s.last_id;
	AUTO(free) char *line = str_fmt("objects=%d", OLD);
	struct upkeep *u = upkeep_new(&s.ca, s.base, s.mailbox, &soon);

	wait_for_line(&s, line);
	assert_true(upkeep_is_idle(u));
	assert_false(is_there(&s, old));
	assert_true(is_there(&s, young));
	upkeep_free(u);
	close_scene(&s);
}

/* The next few wait until others had their turn, and are not asked for when the service ends. */
static void test_stop_between(void **state)
{
	const struct timeval soon = { .tv_usec = 1000 };
	struct scene s;

	(void)state;
	open_scene(&s);
	for (size_t i = 0; i < OLD; i++)
		ask_authz(&s, FIXTURE_NOW - 31 * DAY);
	wait_for(&s, OLD);
	int64_t last = s.last_id;
	struct upkeep *u = upkeep_new(&s.ca, s.base, s.mailbox, &soon);

	while (upkeep_is_idle(u))
		assert_int_equal(event_base_loop(s.base, EVLOOP_ONCE), 0);
	while (!upkeep_is_idle(u))
		assert_int_equal(event_base_loop(s.base, EVLOOP_ONCE), 0);
	upkeep_stop(u);
	assert_int_equal(event_base_loop(s.base, EVLOOP_NONBLOCK), 0);
	assert_true(upkeep_is_idle(u));
	assert_true(is_there(&s, last));
	upkeep_free(u);
	close_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_stop_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
