/* A reload of processes: a master that does as servers do, one that does not listen, and one that has a lot to do. */
#include "srv/site.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/process.h"
#include "srv/attention.h"
#include "srv/generation.h"
#include "srv/webserver.h"

static const char *const test_argv[] = { "server", "-t", NULL };
static const char *const reload_argv[] = { "server", "-s", "reload", NULL };

enum manner { LISTENS_WELL, IS_DEAF, KEEPS_THE_OLD, HAS_NO_SOCKET_THEN };

static pid_t fork_for_us(void)
{
	pid_t pid = fork();

	if (pid == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* It has the listening socket. */
static pid_t worker(void)
{
	pid_t pid = fork_for_us();

	while (pid == 0)
		(void)pause();
	return pid;
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* SIGUSR1: another generation. SIGTERM: the end. */
static void be_master(const sigset_t *signals, enum manner manner, int listener)
{
	pid_t now = worker();
	int signal = 0;

	while (sigwait(signals, &signal) == 0 && signal != SIGTERM) {
		pid_t old = now;

		if (manner == HAS_NO_SOCKET_THEN)
			(void)close(listener);
		if (manner != IS_DEAF)
			now = worker();
		if (manner == LISTENS_WELL || manner == HAS_NO_SOCKET_THEN)
			end(old);
	}
	_exit(0);
}

struct host {
	struct site *site;
	pid_t master;
	char *pid_file, *name;
	const char *pid_files[2], *programs[2];
	struct webserver server;
};

static int listening_socket(void)
{
	const struct sockaddr_in at = { .sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static bool has_worker(pid_t master)
{
	AUTO(generation_release) struct generation g = { 0 };

	generation_note(&g, master);
	return generation_serving(&g) != 0;
}

static void launch(struct host *h, enum manner manner)
{
	int listener = listening_socket();
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGUSR1);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	h->master = fork_for_us();
	if (h->master == 0)
		be_master(&signals, manner, listener);
	(void)sigprocmask(SIG_UNBLOCK, &signals, NULL);
	(void)close(listener);
	while (!has_worker(h->master))
		(void)usleep(1000);
}

static struct host *host_new(enum manner manner)
{
	struct host *h = xcalloc(1, sizeof(*h));

	h->site = site_new();
	launch(h, manner);
	AUTO(free) char *pid = str_fmt("%d\n", (int)h->master);

	h->pid_file = fs_join(h->site->dir, "pid");
	h->name = process_name(h->master);
	assert_done(fs_create(h->pid_file, pid, strlen(pid), 0644));
	h->pid_files[0] = h->pid_file;
	h->programs[0] = h->name;
	h->server = (struct webserver){ .name = "server",
					.test = test_argv,
					.reload_signal = SIGUSR1,
					.reload = { reload_argv },
					.pid_files = h->pid_files,
					.programs = h->programs,
					.unnoticed_ms = 1 };
	return h;
}

static void host_free(struct host *h)
{
	end(h->master);
	site_free(h->site);
	free(h->pid_file);
	free(h->name);
	free(h);
}

AUTO_FREE(struct host, host_free)

static void assert_ran(const struct host *h, const char *expected)
{
	AUTO(free) char *ran = strlist_join(&h->site->ran, ", ");

	assert_string_equal(ran, expected);
}

/* No command that would start one, and no signal without a test. */
static void a_server_that_is_seen_gets_a_signal(void **state)
{
	AUTO(host_free) struct host *h = host_new(LISTENS_WELL);
	AUTO(generation_release) struct generation old = { 0 };
	enum webserver_outcome outcome;

	h->server.unnoticed_ms = 0;
	generation_note(&old, h->master);
	assert_done(webserver_reload(&h->server, &h->site->world, &outcome));
	assert_int_equal(outcome, WEBSERVER_RELOADED);
	assert_int_equal(generation_serving(&old), 0);
	assert_int_not_equal(generation_successor(&old), 0);
	assert_ran(h, "server -t");
	h->site->refuses = "server -t";
	assert_refused(webserver_reload(&h->server, &h->site->world, &outcome), ERR_CONFIG,
		       "server does not accept its configuration");
	(void)state;
}

static void one_that_was_tested_is_not_tested_again(void **state)
{
	AUTO(host_free) struct host *h = host_new(LISTENS_WELL);
	enum webserver_outcome outcome;

	h->server.unnoticed_ms = 0;
	assert_done(webserver_take(&h->server, &h->site->world, 0, &outcome));
	assert_ran(h, "");
	(void)state;
}

/* Nobody is waited for: without that it would take half a minute. */
static void one_that_is_to_listen_nowhere_has_taken_it(void **state)
{
	AUTO(host_free) struct host *h = host_new(HAS_NO_SOCKET_THEN);
	enum webserver_outcome outcome;

	h->server.unnoticed_ms = 0;
	assert_done(webserver_reload(&h->server, &h->site->world, &outcome));
	assert_int_equal(outcome, WEBSERVER_RELOADED);
	assert_false(has_worker(h->master));
	(void)state;
}

static bool removes_its_pid_file(struct site *s, const char *line)
{
	AUTO(free) char *path = fs_join(s->dir, "pid");

	(void)line;
	assert_done(fs_unlink(path));
	return true;
}

/* A PID file that was left behind, and its number is somebody else's now: a reload command would send that a signal. */
static void a_stranger_is_never_signalled(void **state)
{
	static const char *const start_argv[] = { "server", NULL };
	AUTO(host_free) struct host *h = host_new(LISTENS_WELL);
	enum webserver_outcome outcome;

	h->programs[0] = "another";
	assert_int_equal(webserver_pid(&h->server), 0);
	assert_int_equal(webserver_stranger(&h->server, NULL), h->master);
	assert_done(webserver_take(&h->server, &h->site->world, 0, &outcome));
	assert_int_equal(outcome, WEBSERVER_NOT_RUNNING);
	h->server.start = start_argv;
	h->site->act = removes_its_pid_file;
	assert_done(webserver_take(&h->server, &h->site->world, 0, &outcome));
	assert_int_equal(outcome, WEBSERVER_STARTED);
	assert_ran(h, "server");
	(void)state;
}

/* Its start took the stranger for a server that runs, and ended well. */
static void one_that_a_stranger_keeps_from_starting_was_not_started(void **state)
{
	static const char *const start_argv[] = { "server", NULL };
	AUTO(host_free) struct host *h = host_new(LISTENS_WELL);
	AUTO(free)
	char *text = str_fmt(
		"starting server: %s still names process %d, %s, which is another program: `rm %s`",
		h->pid_file, (int)h->master, h->name, h->pid_file);
	enum webserver_outcome outcome;

	h->programs[0] = "another";
	h->server.start = start_argv;
	h->server.wait_ms = 1;
	assert_refused(webserver_take(&h->server, &h->site->world, 0, &outcome), ERR_CONFIG, text);
	(void)state;
}

static void a_reload_that_was_ignored_is_told(void **state)
{
	AUTO(host_free) struct host *h = host_new(IS_DEAF);
	AUTO(free)
	char *text = str_fmt(
		"the reload was ignored, no worker has gone and master process %d has done nothing",
		(int)h->master);
	enum webserver_outcome outcome;

	assert_refused(webserver_take(&h->server, &h->site->world, 0, &outcome), ERR_TIMEOUT, text);
	h->server.reload_signal = 0; /* a command that does nothing */
	assert_refused(webserver_take(&h->server, &h->site->world, 0, &outcome), ERR_TIMEOUT, text);
	assert_ran(h, "server -s reload");
	(void)state;
}

/* When it is looked at for the third time, a minute has passed in which we stood still and the server has spoken. */
struct stalling_clock {
	struct clock clock;
	const char *log, *words;
	int *looks;
};

static int64_t stalling_ms(const struct clock *c)
{
	const struct stalling_clock *s = (const struct stalling_clock *)c;

	if (++*s->looks == 3)
		assert_done(fs_create(s->log, s->words, strlen(s->words), 0644));
	return *s->looks < 3 ? 0 : 60000;
}

static void what_it_said_while_we_stood_still_is_heard(void **state)
{
	AUTO(host_free) struct host *h = host_new(IS_DEAF);
	AUTO(free) char *log = fs_join(h->site->dir, "error.log");
	AUTO(free)
	char *words = str_fmt("2026/11/28 13:00:00 [emerg] %d#0: no such key\n", (int)h->master);
	int looks = 0;
	const struct stalling_clock clock = { .clock = { .monotonic_ms = stalling_ms,
							 .sleep_ms = system_clock.sleep_ms },
					      .log = log,
					      .words = words,
					      .looks = &looks };
	enum webserver_outcome outcome;

	h->server.error_log = log;
	h->server.refusal = "[emerg]";
	h->site->world.clock = &clock.clock;
	assert_refused(webserver_take(&h->server, &h->site->world, 0, &outcome), ERR_CONFIG,
		       "server did not take the configuration: [emerg]");
	(void)state;
}

/* Names that it looks up take their time, and none of its own: its test has taken that too. */
static void a_slow_test_makes_patient(void **state)
{
	AUTO(host_free) struct host *h = host_new(IS_DEAF);
	enum webserver_outcome outcome;

	h->server.wait_ms = 50;
	assert_refused(webserver_take(&h->server, &h->site->world, 60000, &outcome), ERR_TIMEOUT,
		       "still accepts connections");
	(void)state;
}

/* Where there is a younger worker, it did listen: the older one is what is wrong. */
static void an_old_worker_that_stays_is_told(void **state)
{
	AUTO(host_free) struct host *h = host_new(KEEPS_THE_OLD);
	enum webserver_outcome outcome;

	h->server.unnoticed_ms = 0;
	h->server.wait_ms = 50;
	assert_refused(webserver_take(&h->server, &h->site->world, 0, &outcome), ERR_TIMEOUT,
		       "of before the reload still accepts connections");
	(void)state;
}

/* httpd has another worker at times, but not beside all of before a reload. */
static void a_younger_worker_is_no_sign_where_the_old_go_first(void **state)
{
	AUTO(host_free) struct host *h = host_new(KEEPS_THE_OLD);
	enum webserver_outcome outcome;

	h->server.old_go_first = true;
	assert_refused(webserver_take(&h->server, &h->site->world, 0, &outcome), ERR_TIMEOUT,
		       "the reload was ignored");
	(void)state;
}

static void a_master_at_work_is_not_quiet(void **state)
{
	pid_t pid = fork_for_us();
	struct attention a;

	while (pid == 0)
		;
	attention_begin(&a, pid, 0);
	while (process_ticks(pid) == a.ticks)
		(void)usleep(1000);
	assert_int_equal(attention_quiet_ms(&a, 60000), 0);
	assert_true(process_is_busy(pid));
	(void)kill(pid, SIGSTOP);
	while (!process_is_stopped(pid))
		(void)usleep(1000);
	attention_begin(&a, pid, 70000);
	assert_int_equal(attention_quiet_ms(&a, 75000), 5000);
	end(pid);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_is_seen_gets_a_signal),
		cmocka_unit_test(one_that_was_tested_is_not_tested_again),
		cmocka_unit_test(one_that_is_to_listen_nowhere_has_taken_it),
		cmocka_unit_test(a_stranger_is_never_signalled),
		cmocka_unit_test(one_that_a_stranger_keeps_from_starting_was_not_started),
		cmocka_unit_test(a_reload_that_was_ignored_is_told),
		cmocka_unit_test(what_it_said_while_we_stood_still_is_heard),
		cmocka_unit_test(a_slow_test_makes_patient),
		cmocka_unit_test(an_old_worker_that_stays_is_told),
		cmocka_unit_test(a_younger_worker_is_no_sign_where_the_old_go_first),
		cmocka_unit_test(a_master_at_work_is_not_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
