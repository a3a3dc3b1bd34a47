#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/family.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/limits.h"
#include "base/reader.h"

#define TERM_GRACE_MS 3000
#define LOOK_AGAIN_MS 10

enum { STREAM_OUT, STREAM_ERR, STREAM_COUNT };

struct child {
	pid_t pid;
	int pidfd; /* -1: the system has none (old kernels, sandboxes), so we look again and again */
	bool own_group, adopts; /* how it is ended with its children: by its group, or by descent */
	int pipes[STREAM_COUNT]; /* our reading ends; -1 at their end */
	struct buf text[STREAM_COUNT];
	bool cut;
};

static void child_release(struct child *c)
{
	fd_close(c->pidfd);
	for (size_t i = 0; i < STREAM_COUNT; i++) {
		fd_close(c->pipes[i]);
		buf_release(&c->text[i]);
	}
}

AUTO_RELEASE(struct child, child_release)

/*
 * A group of its own lets us end a program with its children. A program that may read our terminal must stay in the
 * terminal's foreground group, or its first read would stop it (SIGTTIN).
 */
static bool may_read_terminal(const struct command *c)
{
	return c->input == NULL && isatty(STDIN_FILENO) != 0;
}

/* An anonymous file rather than a pipe: no writer to keep alive, no SIGPIPE, no deadlock with a full pipe. */
static struct err *input_file(int *out, const char *text)
{
	AUTO(fd_close) int fd = memfd_create("input", MFD_CLOEXEC);
	size_t len = strlen(text);

	if (fd < 0)
		return err_errno(errno, "preparing input");
	if (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)
		return err_errno(errno, "writing input");
	*out = fd;
	fd = -1;
	return NULL;
}

struct ends {
	int input;
	int writers[STREAM_COUNT];
};

static void ends_release(struct ends *e)
{
	fd_close(e->input);
	for (size_t i = 0; i < STREAM_COUNT; i++)
		fd_close(e->writers[i]);
}

AUTO_RELEASE(struct ends, ends_release)

static struct err *open_streams(struct child *child, struct ends *ends, const struct command *c)
{
	for (size_t i = 0; i < STREAM_COUNT; i++) {
		int fds[2];

		if (pipe2(fds, O_CLOEXEC) != 0)
			return err_errno(errno, "making a pipe");
		child->pipes[i] = fds[0];
		ends->writers[i] = fds[1];
		if (fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0)
			return err_errno(errno, "preparing a pipe");
	}
	return c->input != NULL ? input_file(&ends->input, c->input) : NULL;
}

static void prepare_attributes(posix_spawnattr_t *attr, bool own_group)
{
	sigset_t mask;
	sigset_t defaults;

	interrupt_child_mask(&mask);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	(void)posix_spawnattr_setsigmask(attr, &mask);
	(void)posix_spawnattr_setsigdefault(attr, &defaults);
	(void)posix_spawnattr_setpgroup(attr, 0);
	(void)posix_spawnattr_setflags(attr,
				       (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
					       (own_group ? POSIX_SPAWN_SETPGROUP : 0)));
}

static int spawn(pid_t *pid, const char *program, const struct command *c, const struct ends *ends,
		 bool own_group)
{
	AUTO(strlist_release) struct strlist env = { 0 };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;

	environment_build(&env, c->set, c->unset);
	if (posix_spawn_file_actions_init(&actions) != 0 || posix_spawnattr_init(&attr) != 0)
		abort();
	if (ends->input >= 0)
		(void)posix_spawn_file_actions_adddup2(&actions, ends->input, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, ends->writers[STREAM_OUT], STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, ends->writers[STREAM_ERR], STDERR_FILENO);
	prepare_attributes(&attr, own_group);
	/* exec's argv is not const for reasons of C, not because it is written to */
	char **argv = (char **)(uintptr_t)c->argv;
	int failed = posix_spawn(pid, program, &actions, &attr, argv, env.items);

	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return failed;
}

static void end_all(const struct child *child, int number)
{
	(void)kill(child->own_group ? -child->pid : child->pid, number);
	if (child->adopts)
		family_signal(child->pid, number);
}

static struct err *child_start(struct child *child, const struct command *c)
{
	AUTO(ends_release) struct ends ends = { .input = -1, .writers = { -1, -1 } };

	AUTO(free) char *program = program_path(c->argv[0]);

	if (program == NULL)
		return err_errno(ENOENT, "running %s", c->argv[0]);
	bool endable = c->timeout_ms > 0 || c->stop != NULL;

	child->own_group = endable && !may_read_terminal(c);
	child->adopts = endable && !child->own_group;
	TRY(open_streams(child, &ends, c));
	if (child->adopts)
		family_adopt(true);
	int failed = spawn(&child->pid, program, c, &ends, child->own_group);

	if (failed != 0 && child->adopts)
		family_adopt(false);
	if (failed != 0)
		return err_errno(failed, "running %s", c->argv[0]);
	child->pidfd = pidfd_open(child->pid, 0);
	return NULL;
}

/* What is there now; the rest above the ceiling is read and dropped, so that the program does not block. */
static void drain(struct child *child, size_t stream)
{
	char chunk[16 * 1024];

	while (child->pipes[stream] >= 0) {
		ssize_t n = read(child->pipes[stream], chunk, sizeof(chunk));

		if (n > 0) {
			buf_add(&child->text[stream], chunk, (size_t)n);
		} else if (n < 0 && errno == EAGAIN) {
			break;
		} else if (n == 0 || errno != EINTR) {
			fd_close(child->pipes[stream]);
			child->pipes[stream] = -1;
		}
	}
}

static int time_left(int64_t deadline)
{
	int64_t left;

	if (deadline == 0)
		return -1;
	left = deadline - system_clock.monotonic_ms(&system_clock);
	return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static bool has_ended(const struct child *child)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid != 0;
}

/* How long poll may wait: to the deadline, but not long where nothing tells us of the end. */
static int patience(const struct child *child, int64_t deadline)
{
	int left = time_left(deadline);

	return child->pidfd < 0 && (left < 0 || left > LOOK_AGAIN_MS) ? LOOK_AGAIN_MS : left;
}

/*
 * Until the program itself has ended: its output may be held open for ever by a daemon that it started.
 * *ended false: the deadline passed or somebody asked to stop.
 */
static struct err *child_watch(struct child *child, int64_t deadline, int stop_fd, bool *ended)
{
	struct pollfd watch[] = {
		{ .fd = child->pidfd, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
		{ .fd = child->pipes[STREAM_OUT], .events = POLLIN },
		{ .fd = child->pipes[STREAM_ERR], .events = POLLIN },
	};

	for (;;) {
		int ready = poll(watch, ARRAY_LEN(watch), patience(child, deadline));

		if (ready < 0 && errno != EINTR)
			return err_errno(errno, "waiting for a program");
		*ended = has_ended(
			child); /* before the streams are emptied: then nothing it wrote is lost */
		for (size_t i = 0; i < STREAM_COUNT; i++) {
			drain(child, i);
			watch[2 + i].fd = child->pipes[i];
		}
		if (*ended || time_left(deadline) == 0 || (ready > 0 && watch[1].revents != 0))
			return NULL;
	}
}

/* Until nobody has its output open any more. */
static void child_linger(struct child *child, int64_t deadline)
{
	for (;;) {
		struct pollfd watch[STREAM_COUNT];
		bool open = false;

		for (size_t i = 0; i < STREAM_COUNT; i++) {
			drain(child, i);
			watch[i] = (struct pollfd){ .fd = child->pipes[i], .events = POLLIN };
			open |= child->pipes[i] >= 0;
		}
		if (!open || time_left(deadline) == 0)
			return;
		(void)poll(watch, STREAM_COUNT, time_left(deadline));
	}
}

static void child_bequeath(const struct child *child)
{
	for (size_t i = 0; i < STREAM_COUNT; i++)
		if (child->pipes[i] >= 0)
			reader_leave(child->pipes[i]);
}

/* SIGTERM, a while to clean up, SIGKILL. */
static void child_end(struct child *child)
{
	bool ended = false;

	end_all(child, SIGTERM);
	err_ignore(child_watch(child, system_clock.monotonic_ms(&system_clock) + TERM_GRACE_MS, -1,
			       &ended));
	end_all(child, SIGKILL);
}

static int child_reap(const struct child *child)
{
	int status = 0;

	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct err *why_ended(const struct command *c)
{
	TRY_WRAP(interrupt_check(c->stop), "running %s", c->argv[0]);
	return err_new(ERR_TIMEOUT, "%s did not end within %d ms", c->argv[0], c->timeout_ms);
}

static struct err *system_run(const struct spawner *s, const struct command *c,
			      struct command_result *out)
{
	size_t max = c->max_output > 0 ? c->max_output : LIMIT_HOOK_OUTPUT;
	AUTO(child_release)
	struct child child = {
		.pidfd = -1,
		.pipes = { -1, -1 },
		.text = { BUF_INIT(max), BUF_INIT(max) },
	};
	int64_t deadline = c->timeout_ms > 0
				 ? system_clock.monotonic_ms(&system_clock) + c->timeout_ms
				 : 0;
	bool ended = false;

	(void)s;
	TRY(interrupt_check(c->stop));
	TRY(child_start(&child, c));
	struct err *e = child_watch(&child, deadline, interrupt_fd(c->stop), &ended);

	if (ended && c->linger_ms > 0) {
		child_linger(&child, system_clock.monotonic_ms(&system_clock) + c->linger_ms);
		child_bequeath(&child);
	}
	if (!ended)
		child_end(&child);
	int status = child_reap(&child);

	if (child.adopts)
		family_adopt(false);
	if (e != NULL || !ended)
		return e != NULL ? e : why_ended(c);
	bool cut = child.text[STREAM_OUT].overflow || child.text[STREAM_ERR].overflow;

	*out = (struct command_result){
		.status = status,
		.cut = cut,
		.out = buf_detach(&child.text[STREAM_OUT]),
		.err = buf_detach(&child.text[STREAM_ERR]),
	};
	return NULL;
}

const struct spawner system_spawner = { .run = system_run };

struct err *spawn_shell(const struct spawner *s, const char *line, const struct command *rest,
			struct command_result *out)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	struct command c = *rest;

	c.argv = argv;
	return s->run(s, &c, out);
}

static bool is_executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *program_path(const char *name)
{
	AUTO(strlist_release) struct strlist dirs = { 0 };

	if (strchr(name, '/') != NULL)
		return is_executable(name) ? xstrdup(name) : NULL;
	environment_dirs(&dirs);
	for (size_t i = 0; i < dirs.count; i++) {
		AUTO(free) char *path = fs_join(dirs.items[i], name);

		if (is_executable(path))
			return MOVE(path);
	}
	return NULL;
}

void command_result_release(struct command_result *r)
{
	free(r->out);
	free(r->err);
	*r = (struct command_result){ 0 };
}
