/* Servers that do not run, or run where nobody sees them: systemd is asked before they are started behind its back. */
#include "srv/site.h"

#include "srv/unit.h"

static const char *const test_argv[] = { "server", "-t", NULL };
static const char *const reload_argv[] = { "server", "-s", "reload", NULL };
static const char *const start_argv[] = { "server", NULL };
static const char *const pid_files[] = { "/var/run/server.pid", NULL };

#define SHOW "systemctl show --property=LoadState,ActiveState,PIDFile server.service"

static struct webserver server_down(bool of_system)
{
	return (struct webserver){ .name = "server",
				   .test = test_argv,
				   .reload_signal = 1,
				   .reload = { reload_argv },
				   .start = start_argv,
				   .unit = "server.service",
				   .of_system = of_system,
				   .pid_files = pid_files };
}

static void assert_ran(const struct site *s, const char *expected)
{
	AUTO(free) char *ran = strlist_join(&s->ran, ", ");

	assert_string_equal(ran, expected);
}

static void a_service_is_ours_by_its_pid_file_or_its_place(void **state)
{
	static const struct {
		const char *said;
		bool of_system;
		enum unit_state expected;
	} rows[] = {
		{ "LoadState=loaded\nActiveState=inactive\nPIDFile=/run/server.pid\n", false,
		  UNIT_DOWN },
		{ "LoadState=loaded\nActiveState=failed\nPIDFile=/run/server.pid\n", false,
		  UNIT_DOWN },
		{ "LoadState=loaded\nActiveState=active\nPIDFile=/run/server.pid\n", false,
		  UNIT_UP },
		{ "LoadState=loaded\nActiveState=reloading\nPIDFile=/run/server.pid\n", true,
		  UNIT_UP },
		{ "LoadState=loaded\nActiveState=inactive\nPIDFile=/run/other.pid\n", true,
		  UNIT_NONE },
		{ "PIDFile=\nLoadState=loaded\nActiveState=inactive\n", true, UNIT_DOWN },
		{ "PIDFile=\nLoadState=loaded\nActiveState=inactive\n", false, UNIT_NONE },
		{ "LoadState=masked\nActiveState=inactive\n", true, UNIT_DOWN },
		{ "LoadState=not-found\nActiveState=inactive\n", true, UNIT_NONE },
		{ "", true, UNIT_NONE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(site_free) struct site *s = site_new();
		const struct webserver server = server_down(rows[i].of_system);

		s->asked = SHOW;
		s->said = rows[i].said;
		assert_int_equal(unit_state(&server, &s->world), rows[i].expected);
	}
	(void)state;
}

static void without_systemd_there_is_no_service(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	struct webserver server = server_down(true);

	s->asked = s->refuses = "systemctl";
	s->said = "LoadState=loaded\nActiveState=active\n";
	assert_int_equal(unit_state(&server, &s->world), UNIT_NONE);
	server.unit = NULL;
	assert_int_equal(unit_state(&server, &s->world), UNIT_NONE);
	assert_ran(s, SHOW);
	(void)state;
}

/* What was run for a reload of a server that is not seen. */
static void assert_reload(const char *said, const struct webserver *server,
			  enum webserver_outcome expected, const char *ran)
{
	AUTO(site_free) struct site *s = site_new();
	enum webserver_outcome outcome;

	s->asked = SHOW;
	s->said = said;
	s->refuses = "server -s";
	assert_done(webserver_reload(server, &s->world, &outcome));
	assert_int_equal(outcome, expected);
	assert_ran(s, ran);
}

static void systemd_starts_and_reloads_what_is_its(void **state)
{
	struct webserver server = server_down(true);

	assert_reload("LoadState=loaded\nActiveState=inactive\n", &server, WEBSERVER_STARTED,
		      SHOW ", systemctl start server.service");
	assert_reload("LoadState=loaded\nActiveState=active\n", &server, WEBSERVER_RELOADED,
		      SHOW ", systemctl reload server.service");
	assert_reload("LoadState=not-found\n", &server, WEBSERVER_STARTED,
		      SHOW ", server -s reload, server");
	server.start = NULL;
	assert_reload("LoadState=loaded\nActiveState=inactive\n", &server, WEBSERVER_NOT_RUNNING,
		      SHOW);
	(void)state;
}

static void what_systemd_says_is_told(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	const struct webserver server = server_down(true);
	enum webserver_outcome outcome;

	s->asked = SHOW;
	s->said = "LoadState=masked\nActiveState=inactive\n";
	s->refuses = "systemctl start";
	assert_refused(webserver_reload(&server, &s->world, &outcome), ERR_CONFIG,
		       "starting server: systemctl (status 1): unknown directive");
	assert_ran(s, SHOW ", systemctl start server.service");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_is_ours_by_its_pid_file_or_its_place),
		cmocka_unit_test(without_systemd_there_is_no_service),
		cmocka_unit_test(systemd_starts_and_reloads_what_is_its),
		cmocka_unit_test(what_systemd_says_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
