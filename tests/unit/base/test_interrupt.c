#include "check.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* Signals stay pending: each case runs in a process of its own, which answers by its exit status. */
static int in_child(void (*body)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void expect(bool fine, int code)
{
	if (!fine)
		_exit(code);
}

static struct interrupt *i; /* freed only where nothing is pending */

static void stays_pending(void)
{
	expect(interrupt_new(&i) == NULL, 1);
	expect(interrupt_signal(i) == 0 && interrupt_check(i) == NULL &&
		       !is_readable(interrupt_fd(i)),
	       2);
	expect(kill(getpid(), SIGTERM) == 0, 3);
	for (int n = 0; n < 2; n++) {
		AUTO(err_free) struct err *e = interrupt_check(i);

		expect(e != NULL && e->code == ERR_INTERRUPTED &&
			       streq(e->msg, "stopped by SIGTERM"),
		       4);
		expect(is_readable(interrupt_fd(i)) && interrupt_signal(i) == SIGTERM, 5);
	}
	interrupt_free(i); /* dies here */
}

static void ends_a_sleep(void)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL }; /* nohup had it ignored */

	expect(sigaction(SIGHUP, &usual, NULL) == 0 && interrupt_new(&i) == NULL, 1);
	expect(kill(getpid(), SIGHUP) == 0, 2);
	AUTO(err_free) struct err *e = system_clock.sleep_ms(&system_clock, 3600 * 1000, i);

	expect(e != NULL && e->code == ERR_INTERRUPTED, 3);
}

static void ignored_stays_ignored(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	expect(sigaction(SIGHUP, &ignore, NULL) == 0 && interrupt_new(&i) == NULL, 1);
	expect(kill(getpid(), SIGHUP) == 0, 2);
	expect(interrupt_signal(i) == 0 && !is_readable(interrupt_fd(i)), 3);
	interrupt_free(i);
}

static void mask_for_children(void)
{
	sigset_t mask;

	expect(interrupt_new(&i) == NULL, 1);
	interrupt_child_mask(&mask);
	expect(sigismember(&mask, SIGTERM) == 0 && sigismember(&mask, SIGINT) == 0, 2);
	interrupt_free(i);
}

static void test_cases(void **state)
{
	static const struct {
		void (*body)(void);
		int status;
	} rows[] = {
		{ stays_pending, 128 + SIGTERM },
		{ ends_a_sleep, 0 },
		{ ignored_stays_ignored, 0 },
		{ mask_for_children, 0 },
	};

	(void)state;
	for (size_t row = 0; row < ARRAY_LEN(rows); row++)
		assert_int_equal(in_child(rows[row].body), rows[row].status);
}

static void test_null_cannot_be_interrupted(void **state)
{
	(void)state;
	assert_int_equal(interrupt_fd(NULL), -1);
	assert_int_equal(interrupt_signal(NULL), 0);
	assert_done(interrupt_check(NULL));
	interrupt_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_null_cannot_be_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
