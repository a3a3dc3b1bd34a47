#include "client/faults.h"
#include "srv/site.h"

#include <sys/wait.h>

#include "net/process.h"
#include "srv/transaction.h"

/* Nobody's: it is never served. */
static const char test_certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBjDCCATKgAwIBAgIUE1ZOuUFjFQsLcIqvSlVThxstLE4wCgYIKoZIzj0EAwIw\n"
	"ETEPMA0GA1UEAwwGYS50ZXN0MCAXDTI2MTEyODAxMzgxNloYDzIxMjYxMTA0MDEz\n"
	"ODE2WjARMQ8wDQYDVQQDDAZhLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
	"AARCKuW0TzwM4fh+wUzSUTRnr1RAyICA9quViBFo1qmjv3R7s1Sb9zk+QvfoRGLr\n"
	"SQW2V9OBsVCi2Lq3PWgb0Z0Qo2YwZDAdBgNVHQ4EFgQUK5JzRip9kjVFKyQ3VxkL\n"
	"Vu/YYowwHwYDVR0jBBgwFoAUK5JzRip9kjVFKyQ3VxkLVu/YYowwDwYDVR0TAQH/\n"
	"BAUwAwEB/zARBgNVHREECjAIggZhLnRlc3QwCgYIKoZIzj0EAwIDSAAwRQIgPPEu\n"
	"xXIsv2Q8Js1k+oLxwLMIv/Un4o0nmdRHtY8tpZgCIQDc6NuqM8csgczYLufu5+3U\n"
	"x7ABgsWHAoRR2uNSJb1Ibg==\n"
	"-----END CERTIFICATE-----\n";

static const char *const test_argv[] = { "server", "-t", NULL };
static const char *const reload_argv[] = { "server", "-s", "reload", NULL };
static const char *const other_argv[] = { "service", "server", "reload", NULL };
static const char *const start_argv[] = { "server", NULL };
static const char *const no_pid_files[] = { NULL };

static struct webserver fake_server(void)
{
	return (struct webserver){ .name = "server",
				   .test = test_argv,
				   .reload = { reload_argv },
				   .pid_files = no_pid_files };
}

static struct change *planned(const struct site *s)
{
	struct change *c = change_new();
	AUTO(free) char *a = site_path(s, "a.conf");
	AUTO(free) char *b = site_path(s, "b.conf");
	AUTO(buf_release) struct buf old = text_buf("old\n");
	AUTO(buf_release) struct buf fresh = text_buf("new\n");

	change_edit(c, a, &old, &fresh);
	change_create(c, b, &fresh, 0644);
	return c;
}

struct scene {
	struct site *site;
	struct webserver server;
	struct change *change;
	char *before;
	struct transaction t;
	struct strlist steps;
};

static void note_step(void *ctx, enum transaction_step step)
{
	strlist_take(ctx, str_fmt("%d", (int)step));
}

static struct scene *scene_new(void)
{
	struct scene *s = xcalloc(1, sizeof(*s));

	s->site = site_new();
	s->server = fake_server();
	site_write(s->site, "a.conf", "old\n", 0640);
	s->change = planned(s->site);
	s->before = site_picture(s->site);
	s->t = (struct transaction){ .checkpoints = &s->site->checkpoints,
				     .server = &s->server,
				     .change = s->change,
				     .title = "A title",
				     .tell = note_step,
				     .ctx = &s->steps };
	return s;
}

static void scene_free(struct scene *s)
{
	site_free(s->site);
	change_free(s->change);
	free(s->before);
	strlist_release(&s->steps);
	free(s);
}

AUTO_FREE(struct scene, scene_free)

static void assert_as_before(const struct scene *s)
{
	AUTO(free) char *now = site_picture(s->site);

	assert_string_equal(now, s->before);
	assert_false(checkpoint_exists(&s->site->checkpoints, CHECKPOINT_IN_PROGRESS));
	assert_false(checkpoint_exists(&s->site->checkpoints, CHECKPOINT_TEMPORARY));
}

static void assert_ran(const struct scene *s, const char *expected)
{
	AUTO(free) char *ran = strlist_join(&s->site->ran, ", ");

	assert_string_equal(ran, expected);
}

static void a_change_goes_all_its_steps(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	AUTO(strlist_release) struct strlist backups = { 0 };
	enum webserver_outcome outcome;

	assert_done(transaction_run(&s->t, &outcome));
	AUTO(free) char *text = site_read(s->site, "a.conf");
	AUTO(free) char *steps = strlist_join(&s->steps, "");

	assert_int_equal(outcome, WEBSERVER_RELOADED);
	assert_string_equal(text, "new\n");
	assert_string_equal(steps, "01234");
	assert_ran(s, "server -t, server -s reload");
	assert_done(checkpoints_list(&s->site->checkpoints, &backups));
	assert_int_equal(backups.count, 1);
	(void)state;
}

static void a_refused_configuration_is_undone(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	enum webserver_outcome outcome;

	s->site->refuses = "server -t";
	assert_refused(
		transaction_run(&s->t, &outcome), ERR_CONFIG,
		"testing the configuration: server does not accept its configuration: server (status 1): "
		"unknown directive in line 3");
	assert_as_before(s);
	assert_ran(s, "server -t"); /* it was told nothing, so there is nothing to take back */
	(void)state;
}

/* Only of a server that runs can it be said that it refused: here there is none, and nothing to start it. */
static void a_server_that_does_not_run_is_told(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	enum webserver_outcome outcome;

	s->site->refuses = "server -s";
	s->server.reload[1] = other_argv;
	assert_done(transaction_run(&s->t, &outcome));
	assert_int_equal(outcome, WEBSERVER_RELOADED); /* by the second way */
	assert_ran(s, "server -t, server -s reload, service server reload");
	s->server.reload[1] = NULL;
	assert_done(webserver_reload(&s->server, &s->site->world, &outcome));
	assert_int_equal(outcome, WEBSERVER_NOT_RUNNING);
	s->server.start = start_argv;
	assert_done(webserver_reload(&s->server, &s->site->world, &outcome));
	assert_int_equal(outcome, WEBSERVER_STARTED);
	(void)state;
}

/* This process is a server that runs, and cannot be reloaded. */
static void a_refused_reload_is_undone(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	AUTO(free) char *path = fs_join(s->site->dir, "pid");
	AUTO(free) char *pid = str_fmt("%d\n", (int)getpid());
	AUTO(free) char *name = process_name(getpid());
	const char *const pid_files[] = { path, NULL };
	const char *const programs[] = { name, NULL };
	enum webserver_outcome outcome;

	assert_done(fs_create(path, pid, strlen(pid), 0644));
	s->server.pid_files = pid_files;
	s->server.programs = programs;
	s->site->refuses = "server -s reload";
	assert_int_equal(webserver_pid(&s->server), getpid());
	assert_refused(transaction_run(&s->t, &outcome), ERR_CONFIG, "reloading the server");
	assert_as_before(s);
	(void)state;
}

static void a_conflict_changes_nothing(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	AUTO(free) char *path = site_path(s->site, "a.conf");
	enum webserver_outcome outcome;

	assert_done(fs_replace(path, "by hand\n", 8, 0640, false));
	free(s->before);
	s->before = site_picture(s->site);
	assert_refused(transaction_run(&s->t, &outcome), ERR_BUSY,
		       "a.conf was changed by somebody else");
	assert_as_before(s);
	assert_ran(s, "");
	(void)state;
}

/* Nobody listens there: what cannot be proved is undone, and said with its address. */
static void what_cannot_be_proved_is_undone(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	AUTO(endpoints_release) struct endpoints at = { 0 };
	AUTO(free) char *chain = fs_join(s->site->dir, "fullchain.pem");
	enum webserver_outcome outcome;

	assert_done(fs_create(chain, test_certificate, strlen(test_certificate), 0644));
	assert_done(endpoints_add(&at, "a.test", "127.0.0.1", 1, chain));
	s->t.prove = &at;
	s->t.patience_ms = 1;
	assert_refused(
		transaction_run(&s->t, &outcome), ERR_NETWORK,
		"proving what is served: a.test at 127.0.0.1:1 shows no certificate: Connection refused");
	assert_as_before(s);
	(void)state;
}

static void a_temporary_change_is_withdrawn(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	enum webserver_outcome outcome;

	s->t.title = NULL;
	assert_done(transaction_run(&s->t, &outcome));
	assert_true(checkpoint_exists(&s->site->checkpoints, CHECKPOINT_TEMPORARY));
	assert_done(transaction_withdraw(&s->site->checkpoints, &s->server, false));
	assert_as_before(s);
	assert_ran(s, "server -t, server -s reload, server -s reload");
	assert_done(transaction_withdraw(&s->site->checkpoints, &s->server, false));
	assert_ran(s, "server -t, server -s reload, server -s reload");
	(void)state;
}

/* A challenge is over: its files are back, and the server was not told yet. */
static void owe(struct scene *s)
{
	enum webserver_outcome outcome;

	s->t.title = NULL;
	assert_done(transaction_run(&s->t, &outcome));
	assert_done(transaction_withdraw(&s->site->checkpoints, &s->server, true));
}

/* The files are back, the server is told by the next transaction: once for both. */
static void what_is_withdrawn_may_be_told_later(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	const struct checkpoints *c = &s->site->checkpoints;
	enum webserver_outcome outcome;

	owe(s);
	AUTO(free) char *now = site_picture(s->site);

	assert_string_equal(now, s->before);
	assert_true(checkpoint_is_owed(c));
	s->t.title = "A title";
	assert_done(transaction_run(&s->t, &outcome));
	assert_ran(s, "server -t, server -s reload, server -t, server -s reload");
	assert_false(checkpoint_is_owed(c));
	assert_done(transaction_settle(c, &s->server));
	assert_int_equal(s->site->ran.count, 4);
	(void)state;
}

/* It fails before the server is told, which is still owed then; told, nothing is. */
static void what_is_owed_stays_owed(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	const struct checkpoints *c = &s->site->checkpoints;
	enum webserver_outcome outcome;

	owe(s);
	s->site->refuses = "server -t";
	for (int i = 0; i < 2; i++) {
		s->t.title = i == 0 ? "A title" : NULL;
		assert_refused(transaction_run(&s->t, &outcome), ERR_CONFIG, "testing");
		assert_true(checkpoint_is_owed(c));
	}
	assert_done(transaction_settle(c, &s->server));
	assert_as_before(s);
	assert_ran(s, "server -t, server -s reload, server -t, server -t, server -s reload");
	(void)state;
}

/* Killed before the server was told, its next run finds that, as often as it is asked, until the server is. */
static void a_killed_run_leaves_what_is_owed(void **state)
{
	AUTO(scene_free) struct scene *s = scene_new();
	const struct checkpoints *c = &s->site->checkpoints;
	enum webserver_outcome outcome;

	owe(s);
	for (int i = 0; i < 2; i++) {
		AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };

		assert_done(checkpoints_recover(c, &report));
		assert_int_equal(report.checkpoints, 1);
		assert_int_equal(report.restored.count + report.removed.count, 0);
	}
	assert_done(transaction_reload(c, &s->server, &outcome));
	assert_as_before(s);
	(void)state;
}

static void run_in_child(struct scene *s, const struct faults *f)
{
	enum webserver_outcome outcome;

	faults = *f;
	struct err *e = transaction_run(&s->t, &outcome);

	_exit(e != NULL ? 2 : 0);
}

static int run_with(struct scene *s, const struct faults *f)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		run_in_child(s, f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool is_done(const struct site *s)
{
	AUTO(strlist_release) struct strlist backups = { 0 };

	assert_done(checkpoints_list(&s->checkpoints, &backups));
	return backups.count > 0;
}

/* kill -9 at each call that changes a file: afterwards recovery leaves all of the change or nothing of it. */
static void killed_anywhere_it_is_whole_or_not_at_all(void **state)
{
	bool killed = true;

	for (int n = 0; killed; n++) {
		AUTO(scene_free) struct scene *s = scene_new();
		AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
		const struct faults f = { .kind = FAULT_KILL, .after = n };

		killed = WIFSIGNALED(run_with(s, &f));
		assert_done(checkpoints_recover(&s->site->checkpoints, &report));
		assert_done(checkpoints_settle(&s->site->checkpoints)); /* the server is told */
		AUTO(free) char *text = site_read(s->site, "a.conf");
		AUTO(free) char *made = site_read(s->site, "b.conf");

		if (is_done(s->site)) {
			assert_string_equal(text, "new\n");
			assert_string_equal(made, "new\n");
		} else {
			assert_as_before(s);
		}
		assert_true(n < 300);
	}
	(void)state;
}

/* A call that fails, once: the same, and without help from recovery unless the undo itself met the failure. */
static void a_call_that_fails_leaves_whole_or_nothing(void **state)
{
	for (int n = 0; n < 300; n++) {
		AUTO(scene_free) struct scene *s = scene_new();
		AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
		const struct faults f = { .kind = FAULT_ERROR, .after = n, .errnum = ENOSPC };
		int status = run_with(s, &f);

		assert_true(WIFEXITED(status));
		assert_done(checkpoints_recover(&s->site->checkpoints, &report));
		AUTO(free) char *text = site_read(s->site, "a.conf");

		if (!is_done(s->site))
			assert_as_before(s);
		else
			assert_string_equal(text, "new\n");
		if (WEXITSTATUS(status) == 0)
			return;
	}
	fail_msg("no run was without a fault");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_goes_all_its_steps),
		cmocka_unit_test(a_refused_configuration_is_undone),
		cmocka_unit_test(a_server_that_does_not_run_is_told),
		cmocka_unit_test(a_refused_reload_is_undone),
		cmocka_unit_test(a_conflict_changes_nothing),
		cmocka_unit_test(what_cannot_be_proved_is_undone),
		cmocka_unit_test(a_temporary_change_is_withdrawn),
		cmocka_unit_test(what_is_withdrawn_may_be_told_later),
		cmocka_unit_test(what_is_owed_stays_owed),
		cmocka_unit_test(a_killed_run_leaves_what_is_owed),
		cmocka_unit_test(killed_anywhere_it_is_whole_or_not_at_all),
		cmocka_unit_test(a_call_that_fails_leaves_whole_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
