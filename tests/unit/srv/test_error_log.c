/* Whose refusal is a line of an error log: this process is the master, and its parent is another's. */
#include "srv/site.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "srv/error_log.h"

struct log {
	struct site *site;
	char *path;
	struct webserver server;
	struct log_mark mark;
};

static void add(const struct log *l, pid_t pid, const char *why)
{
	AUTO(free) char *line = str_fmt("2026/11/28 13:00:00 [emerg] %d#0: %s\n", (int)pid, why);
	int fd = open(l->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, line, strlen(line)), strlen(line));
	fd_close(fd);
}

static struct log *log_new(pid_t master)
{
	struct log *l = xcalloc(1, sizeof(*l));

	l->site = site_new();
	l->path = fs_join(l->site->dir, "error.log");
	l->server = (struct webserver){ .error_log = l->path, .refusal = "[emerg]" };
	add(l, getpid(), "of before");
	l->mark = error_log_mark(&l->server, master);
	return l;
}

static void log_free(struct log *l)
{
	site_free(l->site);
	free(l->path);
	free(l);
}

AUTO_FREE(struct log, log_free)

static void assert_refusal(const struct log *l, pid_t pid, const char *why)
{
	AUTO(free) char *wanted = str_fmt("[emerg] %d#0: %s", (int)pid, why);
	AUTO(free) char *found = error_log_refusal(&l->mark);

	assert_non_null(found);
	assert_string_equal(found, wanted);
}

static void assert_no_refusal(const struct log *l)
{
	AUTO(free) char *found = error_log_refusal(&l->mark);

	assert_null(found);
}

static void the_line_of_another_is_passed_over(void **state)
{
	AUTO(log_free) struct log *l = log_new(getpid());

	(void)state;
	assert_no_refusal(l);
	add(l, getppid(), "of another");
	assert_no_refusal(l);
	add(l, getpid(), "of the master");
	add(l, getppid(), "of another again");
	assert_refusal(l, getpid(), "of the master");
}

/* A worker, and then perhaps one. */
static void the_line_of_a_child_counts_also_when_it_has_ended(void **state)
{
	AUTO(log_free) struct log *l = log_new(getpid());
	pid_t worker = fork();

	(void)state;
	while (worker == 0)
		(void)pause();
	add(l, worker, "of a worker");
	assert_refusal(l, worker, "of a worker");
	assert_int_equal(kill(worker, SIGKILL), 0);
	assert_int_equal(waitpid(worker, NULL, 0), worker);
	assert_refusal(l, worker, "of a worker");
}

static void any_line_counts_where_the_master_is_not_seen(void **state)
{
	AUTO(log_free) struct log *l = log_new(0);

	(void)state;
	add(l, getppid(), "of somebody");
	assert_refusal(l, getppid(), "of somebody");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_of_another_is_passed_over),
		cmocka_unit_test(the_line_of_a_child_counts_also_when_it_has_ended),
		cmocka_unit_test(any_line_counts_where_the_master_is_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
