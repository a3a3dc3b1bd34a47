#include "base/interrupt.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/fs.h"

/* In the order in which one is named when several came. */
static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGXFSZ };

struct interrupt {
	int fd;
	sigset_t watched;
	sigset_t before;
};

/* A signal that was ignored when we started (nohup) stays without effect: blocked, it would be queued. */
static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void watched_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_LEN(stop_signals); i++)
		if (!is_ignored(stop_signals[i]))
			sigaddset(set, stop_signals[i]);
}

struct err *interrupt_new(struct interrupt **out)
{
	AUTO(free) struct interrupt *i = xcalloc(1, sizeof(*i));

	watched_set(&i->watched);
	i->fd = signalfd(-1, &i->watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (i->fd < 0)
		return err_errno(errno, "watching for signals");
	int failed = pthread_sigmask(SIG_BLOCK, &i->watched, &i->before);

	if (failed != 0) {
		fd_close(i->fd);
		return err_errno(failed, "blocking signals");
	}
	*out = MOVE(i);
	return NULL;
}

/* The old mask comes back, and with it whatever is still pending: main asks interrupt_signal() before. */
void interrupt_free(struct interrupt *i)
{
	if (i == NULL)
		return;
	fd_close(i->fd);
	(void)pthread_sigmask(SIG_SETMASK, &i->before, NULL);
	free(i);
}

int interrupt_fd(const struct interrupt *i)
{
	return i != NULL ? i->fd : -1;
}

/* Nothing is read from the signalfd: the signal stays pending, so that every waiter sees it, and for ever. */
int interrupt_signal(const struct interrupt *i)
{
	sigset_t pending;

	if (i == NULL || sigpending(&pending) != 0)
		return 0;
	for (size_t n = 0; n < ARRAY_LEN(stop_signals); n++)
		if (sigismember(&i->watched, stop_signals[n]) == 1 &&
		    sigismember(&pending, stop_signals[n]) == 1)
			return stop_signals[n];
	return 0;
}

struct err *interrupt_check(const struct interrupt *i)
{
	int number = interrupt_signal(i);

	if (number == 0)
		return NULL;
	return err_new(ERR_INTERRUPTED, "stopped by SIG%s", sigabbrev_np(number));
}

void interrupt_child_mask(sigset_t *mask)
{
	(void)pthread_sigmask(SIG_SETMASK, NULL, mask);
	for (size_t i = 0; i < ARRAY_LEN(stop_signals); i++)
		sigdelset(mask, stop_signals[i]);
}
