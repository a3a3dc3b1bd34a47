#include "net/dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"

enum { NEXT_ATTEMPT_MS = 250 };

struct attempt {
	int fd; /* -1: not started or failed */
	int error;
};

struct dial {
	struct address_list addresses;
	struct attempt *attempts; /* one an address */
	size_t started;
	int64_t next_ms; /* when the next address has its turn */
};

struct dial *dial_new(struct address_list *addresses)
{
	struct dial *d = xcalloc(1, sizeof(*d));

	d->addresses = *addresses;
	*addresses = (struct address_list){ 0 };
	if (d->addresses.count > DIAL_WIDTH)
		d->addresses.count = DIAL_WIDTH;
	d->attempts = xcalloc(d->addresses.count, sizeof(*d->attempts));
	for (size_t i = 0; i < d->addresses.count; i++)
		d->attempts[i].fd = -1;
	return d;
}

void dial_free(struct dial *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->started; i++)
		fd_close(d->attempts[i].fd);
	free(d->attempts);
	address_list_release(&d->addresses);
	free(d);
}

size_t dial_poll(const struct dial *d, struct pollfd fds[DIAL_WIDTH])
{
	size_t n = 0;

	for (size_t i = 0; i < d->started; i++)
		if (d->attempts[i].fd >= 0)
			fds[n++] = (struct pollfd){ .fd = d->attempts[i].fd, .events = POLLOUT };
	return n;
}

int64_t dial_wake_ms(const struct dial *d)
{
	return d->started < d->addresses.count ? d->next_ms : INT64_MAX;
}

static void give_up(struct attempt *a, int error)
{
	fd_close(a->fd);
	*a = (struct attempt){ .fd = -1, .error = error };
}

static void start(struct dial *d, int64_t now_ms)
{
	struct attempt *a = &d->attempts[d->started];
	const struct address *to = &d->addresses.items[d->started];
	int on = 1;

	d->started++;
	d->next_ms = now_ms + NEXT_ATTEMPT_MS;
	a->fd = socket(to->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0) {
		give_up(a, errno);
		return;
	}
	(void)setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(a->fd, (const struct sockaddr *)&to->addr, to->len) < 0 && errno != EINPROGRESS)
		give_up(a, errno);
}

/* Has attempt i got its connection? A failed one is closed. */
static bool is_connected(struct attempt *a)
{
	struct pollfd ready = { .fd = a->fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (a->fd < 0 || poll(&ready, 1, 0) <= 0)
		return false;
	if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error != 0)
		give_up(a, error);
	return error == 0;
}

static bool any_running(const struct dial *d)
{
	for (size_t i = 0; i < d->started; i++)
		if (d->attempts[i].fd >= 0)
			return true;
	return false;
}

static bool same_cause(const struct dial *d)
{
	for (size_t i = 1; i < d->started; i++)
		if (d->attempts[i].error != d->attempts[0].error)
			return false;
	return true;
}

static struct err *all_failed(const struct dial *d)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(1));
	bool same = same_cause(d);
	char cause[128];

	for (size_t i = 0; i < d->started && !same; i++) {
		AUTO(free) char *address = address_port_text(&d->addresses.items[i]);

		buf_addf(&b, "%s%s: ", i > 0 ? "; " : "", address);
		buf_adds(&b, strerror_r(d->attempts[i].error, cause, sizeof(cause)));
	}
	if (same)
		buf_adds(&b, strerror_r(d->attempts[0].error, cause, sizeof(cause)));
	return err_new(ERR_NETWORK, "%s", buf_str(&b));
}

struct err *dial_step(struct dial *d, int64_t now_ms, int *fd, struct address *address)
{
	*fd = -1;
	for (size_t i = 0; i < d->started; i++)
		if (is_connected(&d->attempts[i])) {
			*fd = d->attempts[i].fd;
			*address = d->addresses.items[i];
			d->attempts[i].fd = -1;
			return NULL;
		}
	while (d->started < d->addresses.count && (!any_running(d) || now_ms >= d->next_ms))
		start(d, now_ms);
	return any_running(d) ? NULL : all_failed(d);
}

char *dial_text(const struct dial *d)
{
	AUTO(strlist_release) struct strlist all = { 0 };

	for (size_t i = 0; i < d->addresses.count; i++)
		strlist_take(&all, address_port_text(&d->addresses.items[i]));
	return strlist_join(&all, ", ");
}
