#include "srv/site.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/process.h"
#include "srv/take_back.h"
#include "srv/transaction.h"

static const char *const reload_argv[] = { "server", "reload", NULL };
static const char *const test_argv[] = { "server", "-t", NULL };
static const char *const start_argv[] = { "server", "start", NULL };

/* A server of one process, which ends when it is told to reload. */
struct weak {
	struct spawner spawner; /* first */
	struct site *site;
	pid_t pid;
	char *pid_file, *program;
	const char *pid_files[2], *programs[2];
	struct webserver server;
};

static void end(struct weak *w)
{
	if (w->pid == 0)
		return;
	assert_int_equal(kill(w->pid, SIGKILL), 0);
	assert_int_equal(waitpid(w->pid, NULL, 0), w->pid);
	w->pid = 0;
}

static struct err *run_weak(const struct spawner *s, const struct command *c,
			    struct command_result *out)
{
	struct weak *w = (struct weak *)(uintptr_t)s;

	if (streq(c->argv[1], "reload"))
		end(w);
	return w->site->spawner.run(&w->site->spawner, c, out);
}

static struct weak *weak_new(void)
{
	struct weak *w = xcalloc(1, sizeof(*w));

	w->site = site_new();
	w->site->refuses = "server reload";
	w->spawner.run = run_weak;
	w->site->world.spawner = &w->spawner;
	w->pid = fork();
	if (w->pid == 0)
		for (;;)
			(void)pause();
	w->program = process_name(getpid());
	w->pid_file = fs_join(w->site->dir, "pid");
	AUTO(free) char *text = str_fmt("%d\n", (int)w->pid);

	assert_done(fs_create(w->pid_file, text, strlen(text), 0644));
	w->pid_files[0] = w->pid_file;
	w->programs[0] = w->program;
	w->server = (struct webserver){ .name = "server",
					.reload = { reload_argv },
					.pid_files = w->pid_files,
					.programs = w->programs };
	assert_int_equal(webserver_pid(&w->server), w->pid);
	return w;
}

static void weak_free(struct weak *w)
{
	end(w);
	free(w->program);
	free(w->pid_file);
	site_free(w->site);
	free(w);
}

AUTO_FREE(struct weak, weak_free)

static void one_that_ends_is_started_again(void **state)
{
	AUTO(weak_free) struct weak *w = weak_new();
	enum webserver_outcome outcome;

	(void)state;
	w->server.start = start_argv;
	assert_done(webserver_take_back(&w->server, &w->site->world, &outcome));
	assert_int_equal(outcome, WEBSERVER_REVIVED);
	AUTO(free) char *ran = strlist_join(&w->site->ran, ", ");

	assert_string_equal(ran, "server reload, server reload, server start");
}

static void one_that_cannot_be_started_is_an_error(void **state)
{
	AUTO(weak_free) struct weak *w = weak_new();
	enum webserver_outcome outcome;

	(void)state;
	assert_refused(webserver_take_back(&w->server, &w->site->world, &outcome), ERR_CONFIG,
		       "reloading server");
}

/* What does not run is not to be started by what is put back. */
static void one_that_did_not_run_stays_down(void **state)
{
	AUTO(weak_free) struct weak *w = weak_new();
	enum webserver_outcome outcome;

	(void)state;
	end(w);
	assert_done(webserver_take_back(&w->server, &w->site->world, &outcome));
	assert_int_equal(outcome, WEBSERVER_NOT_RUNNING);
}

/* Nobody is to wonder why all sites were away. */
static void one_that_ends_by_a_change_is_told(void **state)
{
	AUTO(weak_free) struct weak *w = weak_new();
	AUTO(change_free) struct change *change = change_new();
	AUTO(buf_release) struct buf fresh = text_buf("new\n");
	AUTO(free) char *path = site_path(w->site, "a.conf");
	enum webserver_outcome outcome;

	(void)state;
	w->server.test = test_argv;
	w->server.start = start_argv;
	change_create(change, path, &fresh, 0644);
	const struct transaction t = { .checkpoints = &w->site->checkpoints,
				       .server = &w->server,
				       .change = change,
				       .title = "A title" };

	assert_refused(transaction_run(&t, &outcome), ERR_CONFIG,
		       "server ended by itself, and was started again with the files as they were");
	assert_false(fs_exists(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_ends_is_started_again),
		cmocka_unit_test(one_that_ends_by_a_change_is_told),
		cmocka_unit_test(one_that_cannot_be_started_is_an_error),
		cmocka_unit_test(one_that_did_not_run_stays_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
