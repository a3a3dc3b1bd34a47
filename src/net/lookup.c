#include "net/lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/interrupt.h"

/* Shared by the one who asks and the thread; the last of them frees it. */
struct question {
	struct resolver *resolver;
	char *host;
	unsigned port;
	struct address_list found;
	struct err *err;
	int done_fd; /* eventfd: found and err are there */
	atomic_int holders;
};

static void question_drop(struct question *q)
{
	if (q == NULL || atomic_fetch_sub(&q->holders, 1) > 1)
		return;
	address_list_release(&q->found);
	err_free(q->err);
	fd_close(q->done_fd);
	free(q->host);
	free(q);
}
AUTO_FREE(struct question, question_drop)

static void *answer(void *ctx)
{
	const uint64_t one = 1;
	struct question *q = ctx;

	q->err = q->resolver->lookup(q->resolver, q->host, q->port, &q->found);
	if (write(q->done_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		abort();
	question_drop(q);
	return NULL;
}

/* Signals are for the main thread. */
static int start_thread(struct question *q)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all;
	sigset_t before;

	(void)sigfillset(&all);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	int error = pthread_create(&thread, &attr, answer, q);

	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return error;
}

static struct err *ask(struct question **out, struct resolver *r, const char *host, unsigned port)
{
	struct question *q = xcalloc(1, sizeof(*q));

	q->resolver = r;
	q->host = xstrdup(host);
	q->port = port;
	q->done_fd = eventfd(0, EFD_CLOEXEC);
	atomic_init(&q->holders, 2);
	int error = q->done_fd < 0 ? errno : start_thread(q);

	if (error != 0) {
		atomic_store(&q->holders, 1);
		question_drop(q);
		return err_errno(error, "resolving %s", host);
	}
	*out = q;
	return NULL;
}

/* Reading what the thread wrote is what orders its work before ours; that there is something to read is not. */
static struct err *take_over(const struct question *q)
{
	uint64_t count = 0;

	if (read(q->done_fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return err_errno(errno, "resolving %s", q->host);
	return NULL;
}

static struct err *wait_for(const struct question *q, int timeout_ms, const struct interrupt *stop)
{
	int64_t until_ms = system_clock.monotonic_ms(&system_clock) + timeout_ms;

	for (;;) {
		struct pollfd fds[] = { { .fd = q->done_fd, .events = POLLIN },
					{ .fd = interrupt_fd(stop), .events = POLLIN } };
		int64_t left_ms = until_ms - system_clock.monotonic_ms(&system_clock);

		if (poll(fds, ARRAY_LEN(fds), left_ms > 0 ? (int)left_ms : 0) < 0 && errno != EINTR)
			return err_errno(errno, "resolving %s", q->host);
		if (fds[0].revents != 0)
			return take_over(q);
		if (fds[1].revents != 0)
			TRY(interrupt_check(stop));
		if (left_ms <= 0)
			return err_new(ERR_TIMEOUT, "resolving %s: no answer within %.3g s",
				       q->host, timeout_ms / 1000.0);
	}
}

static bool is_literal(const char *host)
{
	struct in6_addr a;

	return inet_pton(AF_INET, host, &a) == 1 || inet_pton(AF_INET6, host, &a) == 1;
}

struct err *lookup_within(struct address_list *out, struct resolver *r, const char *host,
			  unsigned port, int timeout_ms, const struct interrupt *stop)
{
	AUTO(question_drop) struct question *q = NULL;

	if (r != &system_resolver || is_literal(host))
		return r->lookup(r, host, port, out);
	TRY(ask(&q, r, host, port));
	TRY(wait_for(q, timeout_ms, stop));
	if (q->err != NULL)
		return MOVE(q->err);
	*out = q->found;
	q->found = (struct address_list){ 0 };
	return NULL;
}
