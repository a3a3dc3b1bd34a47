#include "base/clock.h"

#include <errno.h>
#include <poll.h>

#include "base/interrupt.h"

static time_t system_now(const struct clock *c)
{
	(void)c;
	return time(NULL);
}

static int64_t system_monotonic_ms(const struct clock *c)
{
	struct timespec t;

	(void)c;
	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct err *system_sleep_ms(const struct clock *c, int64_t ms, const struct interrupt *stop)
{
	struct pollfd watch = { .fd = interrupt_fd(stop), .events = POLLIN };
	int64_t end = system_monotonic_ms(c) + ms;
	int64_t left = ms > 0 ? ms : 0; /* poll takes a negative time for ever */

	do {
		int wait = left > INT32_MAX ? INT32_MAX : (int)left;

		if (poll(&watch, 1, wait) < 0 && errno != EINTR)
			return err_errno(errno, "waiting");
		TRY(interrupt_check(stop));
		left = end - system_monotonic_ms(c);
	} while (left > 0);
	return NULL;
}

const struct clock system_clock = {
	.now = system_now,
	.monotonic_ms = system_monotonic_ms,
	.sleep_ms = system_sleep_ms,
};

int64_t clock_now_ms(const struct clock *c)
{
	struct timespec t;

	if (c != &system_clock || clock_gettime(CLOCK_REALTIME, &t) != 0)
		return (int64_t)c->now(c) * 1000;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
