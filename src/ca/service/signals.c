#include "ca/service/signals.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fs.h"

struct signals {
	void (*take)(void *ctx, enum wish wish);
	void *ctx;
	sigset_t before;
	int fd;
	struct event *ready;
};

static void on_signal(evutil_socket_t fd, short what, void *ctx)
{
	const struct signals *s = ctx;
	struct signalfd_siginfo info;

	(void)what;
	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	s->take(s->ctx, info.ssi_signo == SIGHUP ? WISH_RELOAD : WISH_END);
}

static struct err *open_fd(struct signals *s)
{
	sigset_t ours;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &ours, &s->before);
	s->fd = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
	return s->fd >= 0 ? NULL : err_errno(errno, "waiting for signals");
}

struct err *signals_new(struct signals **out, struct event_base *base,
			void (*take)(void *ctx, enum wish wish), void *ctx)
{
	AUTO(signals_free) struct signals *s = xcalloc(1, sizeof(*s));

	s->take = take;
	s->ctx = ctx;
	TRY(open_fd(s));
	s->ready = event_new(base, s->fd, EV_READ | EV_PERSIST, on_signal, s);
	if (s->ready == NULL || event_add(s->ready, NULL) != 0)
		return err_new(ERR_INTERNAL, "the event loop takes no signals");
	*out = MOVE(s);
	return NULL;
}

void signals_free(struct signals *s)
{
	if (s == NULL)
		return;
	if (s->ready != NULL)
		event_free(s->ready);
	fd_close(s->fd);
	(void)pthread_sigmask(SIG_SETMASK, &s->before, NULL);
	free(s);
}
