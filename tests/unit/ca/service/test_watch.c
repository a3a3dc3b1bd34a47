/* What an operator should look at is told at the start, with each configuration, and again and again. */
#include "check.h"

#include <event2/event.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/log/log.h"
#include "ca/service/watch.h"
#include "ca/setup/warnings.h"
#include "ca/sign/fixture.h"

struct scene {
	struct fixture fixture;
	struct ca ca;
	struct event_base *base;
	char *path; /* of the log */
};

static void open_scene(struct scene *s, const char *more)
{
	*s = (struct scene){ .base = event_base_new() };
	fixture_new(&s->fixture, more);
	s->path = fixture_path(&s->fixture, "log");
	const struct log_options o = { .clock = fixture_world.clock, .path = s->path };

	s->ca = (struct ca){ .world = &fixture_world,
			     .config = s->fixture.config,
			     .sign = s->fixture.sign,
			     .warnings = warnings_new(s->fixture.config, s->fixture.sign) };
	assert_done(ca_log_new(&s->ca.log, &o));
}

static void close_scene(struct scene *s)
{
	warnings_free(s->ca.warnings);
	ca_log_free(s->ca.log);
	event_base_free(s->base);
	(void)unlink(s->path);
	free(s->path);
	fixture_free(&s->fixture);
}

static size_t count(const struct scene *s, const char *part)
{
	AUTO(free) char *text = NULL;
	size_t found = 0;

	assert_done(fs_read(&text, NULL, s->path, LIMIT_FILE));
	for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
		found++;
	return found;
}

static void test_repeats(void **state)
{
	const struct timeval often = { .tv_usec = 1000 };
	struct scene s;

	(void)state;
	open_scene(&s, "[profile long]\nlifetime = 360d\n");
	struct watch *w = watch_new(&s.ca, s.base, &often);

	assert_int_equal(count(&s, " warning attention "), 4);
	assert_int_equal(count(&s, "of [issuer e1] ends on "), 1);
	assert_int_equal(count(&s, "caa_identities"), 1);
	watch_use(w, &s.ca);
	assert_int_equal(count(&s, "of [issuer r1] ends on "), 2);
	while (count(&s, "caa_identities") < 4)
		assert_int_equal(event_base_loop(s.base, EVLOOP_ONCE), 0);
	watch_free(w);
	close_scene(&s);
}

static void test_nothing_to_say(void **state)
{
	const struct timeval rarely = { .tv_sec = 3600 };
	struct scene s;

	(void)state;
	open_scene(&s, "[directory]\ncaa_identities = ca.test\n");
	struct watch *w = watch_new(&s.ca, s.base, &rarely);

	assert_int_equal(count(&s, "attention"), 0);
	watch_free(w);
	close_scene(&s);
}

static void test_server(void **state)
{
	const time_t end = FIXTURE_NOW + 365 * 24 * 3600;
	AUTO(strlist_release) struct strlist early = { 0 };
	AUTO(strlist_release) struct strlist soon = { 0 };
	AUTO(strlist_release) struct strlist late = { 0 };
	struct scene s;

	(void)state;
	open_scene(&s, "[server]\ntls_certificate = root.pem\ntls_key = root.key\n");
	warnings_of_ends(&early, s.ca.warnings, end - 120L * 24 * 3600);
	assert_int_equal(early.count, 0);
	warnings_of_ends(&soon, s.ca.warnings, end - 29L * 24 * 3600);
	assert_int_equal(soon.count, 4);
	assert_non_null(strstr(soon.items[3], "root.pem ends on "));
	assert_non_null(strstr(soon.items[3], ", in 29 days: `signet-ca server-cert`"));
	warnings_of_ends(&late, s.ca.warnings, end + 1);
	assert_non_null(strstr(late.items[3], "root.pem ended on "));
	close_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_nothing_to_say),
		cmocka_unit_test(test_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
