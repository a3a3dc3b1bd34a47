#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/environment.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/proc.h"

static struct err *shell(struct command_result *out, const char *line, const struct command *rest)
{
	return spawn_shell(&system_spawner, line, rest, out);
}

static void test_captures_both_streams_and_status(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *out, *err;
	} rows[] = {
		{ "true", 0, "", "" },
		{ "echo out; echo err >&2; exit 3", 3, "out\n", "err\n" },
		{ "kill -9 $$", 128 + 9, "", "" },
		{ "no-such-program-x 2>/dev/null", 127, "", "" },
		{ "printf '%s' \"$SET-$GONE-$KEPT\"", 0, "new--kept", "" },
		{ "cat", 0, "in\n", "" },
		{ "trap - PIPE; yes | head -n 1", 0, "y\n", "" },
	};
	AUTO(strlist_release) struct strlist set = { 0 };
	AUTO(strlist_release) struct strlist unset = { 0 };
	struct command c = { .set = &set, .unset = &unset, .input = "in\n" };

	(void)state;
	assert_int_equal(
		setenv("SET", "old", 1) + setenv("GONE", "x", 1) + setenv("KEPT", "kept", 1), 0);
	strlist_add(&set, "SET=new");
	strlist_add(&unset, "GONE");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(command_result_release) struct command_result r = { 0 };

		assert_done(shell(&r, rows[i].line, &c));
		assert_int_equal(r.status, rows[i].status);
		assert_string_equal(r.out, rows[i].out);
		assert_string_equal(r.err, rows[i].err);
		assert_false(r.cut);
	}
}

static void test_output_above_the_ceiling_is_dropped(void **state)
{
	AUTO(command_result_release) struct command_result r = { 0 };

	(void)state;
	assert_done(shell(&r, "head -c 1000000 /dev/zero | tr '\\0' x; exit 5",
			  &(struct command){ .max_output = 10 }));
	assert_string_equal(r.out, "xxxxxxxxxx");
	assert_int_equal(r.status, 5);
	assert_true(r.cut);
}

static void test_large_input_and_output(void **state)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	AUTO(free) char *input = xcalloc(300001, 1);

	(void)state;
	memset(input, 'z', 300000);
	assert_done(shell(&r, "cat", &(struct command){ .input = input }));
	assert_string_equal(r.out, input);
}

static void test_input_may_be_left_unread(void **state)
{
	AUTO(command_result_release) struct command_result r = { 0 };

	(void)state;
	assert_done(shell(&r, "exec 0<&-; echo done", &(struct command){ .input = "never read" }));
	assert_string_equal(r.out, "done\n");
}

static void test_missing_program_is_an_error(void **state)
{
	const char *const argv[] = { "no-such-program-x", NULL };
	AUTO(command_result_release) struct command_result r = { 0 };

	(void)state;
	assert_refused(system_spawner.run(&system_spawner, &(struct command){ .argv = argv }, &r),
		       ERR_IO, "running no-such-program-x: No such file or directory");
	assert_null(r.out);
}

/* Who waits for what these start waits for an hour. */
static void test_timeout_ends_the_whole_group(void **state)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	struct command c = { .timeout_ms = 100, .input = "" };
	int inherited[2];
	char none;

	(void)state;
	assert_int_equal(pipe(inherited), 0);
	assert_refused(shell(&r, "sleep 3600 & sleep 3600; true", &c), ERR_TIMEOUT,
		       "did not end within 100 ms");
	fd_close(inherited[1]);
	assert_int_equal(read(inherited[0], &none, 1), 0); /* nobody has it any more */
	fd_close(inherited[0]);
}

static void test_who_ignores_sigterm_is_killed(void **state)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	struct command c = { .timeout_ms = 50, .input = "" };

	(void)state;
	assert_refused(shell(&r, "trap '' TERM; while :; do sleep 1; done", &c), ERR_TIMEOUT,
		       "did not end");
}

/* A daemon that keeps the pipe open does not keep us waiting. */
static void test_daemon_does_not_hold_us(void **state)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	int64_t daemon;

	(void)state;
	assert_done(shell(&r, "sleep 3600 & printf %d $!", &(struct command){ 0 }));
	assert_true(str_to_int(r.out, 2, INT32_MAX, &daemon));
	assert_int_equal(kill((pid_t)daemon, SIGTERM), 0);
}

/* Signals stay pending, so these cases run in a process of their own. What is 0 is well. */
static int in_child(bool (*body)(const struct interrupt *i))
{
	static struct interrupt *i; /* never freed: a pending signal would end the process */
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(interrupt_new(&i) == NULL && body(i) ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool is_stopped(const struct interrupt *i)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	AUTO(free) char *line = str_fmt("kill -TERM %ld; sleep 60", (long)getpid());
	AUTO(err_free) struct err *e = shell(&r, line, &(struct command){ .stop = i, .input = "" });

	return e != NULL && e->code == ERR_INTERRUPTED;
}

/* A daemon that still has something to say when its starter is gone is heard, and not killed by SIGPIPE. */
static void test_daemon_is_heard_for_a_while(void **state)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	const struct command c = { .linger_ms = 600000, .timeout_ms = 600000 };

	assert_done(spawn_shell(&system_spawner,
				"(sleep 0.1; echo late; echo later) & echo started", &c, &r));
	assert_string_equal(r.out, "started\nlate\nlater\n");
	(void)state;
}

struct fifos {
	char dir[sizeof("/tmp/signet-proc-XXXXXX")];
	char *go, *word;
	int said;
};

static void make_fifos(struct fifos *f)
{
	*f = (struct fifos){ .dir = "/tmp/signet-proc-XXXXXX" };
	assert_non_null(mkdtemp(f->dir));
	f->go = fs_join(f->dir, "go");
	f->word = fs_join(f->dir, "word");
	assert_int_equal(mkfifo(f->go, 0600) | mkfifo(f->word, 0600), 0);
	f->said = open(f->word, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(f->said >= 0 && fcntl(f->said, F_SETFL, 0) == 0);
}

static void remove_fifos(struct fifos *f)
{
	fd_close(f->said);
	assert_int_equal(unlink(f->go) | unlink(f->word) | rmdir(f->dir), 0);
	free(f->go);
	free(f->word);
}

/* More than a pipe holds, when nobody listens any more: it is neither killed nor stopped. */
static void test_daemon_goes_on_writing(void **state)
{
	struct fifos f;

	make_fifos(&f);
	AUTO(command_result_release) struct command_result r = { 0 };
	AUTO(free)
	char *line = str_fmt(
		"(exec 3>%s 4<%s; read x <&4; printf %%0200000d 1; printf %%0200000d 1 >&2; echo alive >&3) & "
		"echo started",
		f.word, f.go);
	char word[16] = "";

	assert_done(spawn_shell(&system_spawner, line, &(struct command){ .linger_ms = 1 }, &r));
	AUTO(fd_close) int go = open(f.go, O_WRONLY | O_CLOEXEC); /* waits for the daemon */

	assert_int_equal(write(go, "\n", 1), 1);
	assert_int_equal(read(f.said, word, sizeof(word) - 1), 6);
	assert_string_equal(word, "alive\n");
	remove_fifos(&f);
	(void)state;
}

static void test_stop(void **state)
{
	(void)state;
	assert_int_equal(in_child(is_stopped), 0);
}

/* stdin is a terminal: the program shares our group, and its children are ended all the same. */
static bool is_stopped_with_its_children(const struct interrupt *i)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	/* the inner shell ends, and its sleep is an orphan that ignores SIGINT, as background jobs do */
	AUTO(free)
	char *line = str_fmt(
		"sleep 600 & sh -c 'sleep 600 & trap \"\" INT; kill -TERM %d' & wait; sleep 600",
		(int)getpid());
	int status = 0;
	int orphans = 0;
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);

	if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 ||
	    dup2(open(ptsname(terminal), O_RDWR | O_NOCTTY), STDIN_FILENO) != STDIN_FILENO)
		return false;
	AUTO(err_free) struct err *e = shell(&r, line, &(struct command){ .stop = i });

	while (waitpid(-1, &status, 0) > 0)
		orphans += WIFSIGNALED(status);
	/* both sleeps, and the inner shell if it had not ended by itself */
	return e != NULL && e->code == ERR_INTERRUPTED && orphans >= 2;
}

static void test_stop_on_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(in_child(is_stopped_with_its_children), 0);
}

/* The program must be stoppable by people although we block the signals. */
static bool has_clean_mask(const struct interrupt *i)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	AUTO(err_free)
	struct err *e = shell(&r, "grep SigBlk /proc/self/status",
			      &(struct command){ .stop = i, .input = "" });

	return e == NULL && strstr(r.out, "0000000000000000") != NULL;
}

static void test_child_starts_with_a_clean_mask(void **state)
{
	(void)state;
	assert_int_equal(in_child(has_clean_mask), 0);
}

/* What the program inherits is what was open here without close-on-exec, and no end of our pipes. */
static void test_no_descriptors_leak(void **state)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	AUTO(strlist_release) struct strlist open_there = { 0 };

	(void)state;
	/* no pipeline: the shell has its ends open for a while; not the last command: it would take the shell's place */
	assert_done(shell(&r, "ls /proc/$$/fd; :", &(struct command){ .input = "" }));
	strlist_split(&open_there, r.out, '\n');
	assert_true(open_there.count >= 3);
	for (size_t i = 0; i < open_there.count; i++) {
		int64_t fd = 0;

		assert_true(str_to_int(open_there.items[i], 0, 10000, &fd));
		if (fd > 2)
			assert_int_equal(fcntl((int)fd, F_GETFD), 0);
	}
}

static void set_path(const char *path)
{
	assert_int_equal(path != NULL ? setenv("PATH", path, 1) : unsetenv("PATH"), 0);
}

/* What PATH says, then where administrators' programs are; each directory once. */
static void test_path(void **state)
{
	static const struct {
		const char *path, *dirs;
	} cases[] = {
		{ NULL, "/usr/bin:/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin" },
		{ "/usr/bin:/bin", "/usr/bin:/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin" },
		{ "/usr/local/sbin:/opt/usr/sbin",
		  "/usr/local/sbin:/opt/usr/sbin:/usr/sbin:/usr/local/bin" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(command_result_release) struct command_result r = { 0 };

		set_path(cases[i].path);
		AUTO(free) char *dirs = environment_path();

		assert_string_equal(dirs, cases[i].dirs);
		assert_done(shell(&r, "printf %s \"$PATH\"", &(struct command){ .input = "" }));
		assert_string_equal(r.out, cases[i].dirs);
	}
}

static void test_program_path(void **state)
{
	(void)state;
	set_path("/nowhere::/bin");
	AUTO(free) char *sh = program_path("sh");
	AUTO(free) char *whole = program_path("/bin/sh");
	AUTO(free) char *none = program_path("no-such-program-x");
	AUTO(free) char *dir = program_path("/bin");
	AUTO(free) char *text = program_path("/etc/passwd");
	AUTO(free) char *administrators = program_path("chroot");

	assert_string_equal(sh, "/bin/sh");
	assert_string_equal(whole, "/bin/sh");
	assert_null(none);
	assert_null(dir);
	assert_null(text);
	assert_string_equal(administrators, "/usr/sbin/chroot");
}

static int keep_path(void **state)
{
	const char *path = getenv("PATH");

	*state = path != NULL ? xstrdup(path) : NULL;
	return 0;
}

static int put_path_back(void **state)
{
	set_path(*state);
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captures_both_streams_and_status),
		cmocka_unit_test(test_output_above_the_ceiling_is_dropped),
		cmocka_unit_test(test_large_input_and_output),
		cmocka_unit_test(test_input_may_be_left_unread),
		cmocka_unit_test(test_missing_program_is_an_error),
		cmocka_unit_test(test_timeout_ends_the_whole_group),
		cmocka_unit_test(test_who_ignores_sigterm_is_killed),
		cmocka_unit_test(test_daemon_does_not_hold_us),
		cmocka_unit_test(test_daemon_is_heard_for_a_while),
		cmocka_unit_test(test_daemon_goes_on_writing),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_on_a_terminal),
		cmocka_unit_test(test_child_starts_with_a_clean_mask),
		cmocka_unit_test(test_no_descriptors_leak),
		cmocka_unit_test_setup_teardown(test_path, keep_path, put_path_back),
		cmocka_unit_test_setup_teardown(test_program_path, keep_path, put_path_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
