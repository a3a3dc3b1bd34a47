#include "net/mailbox.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fs.h"

struct letter {
	struct letter *next;
	void (*fn)(void *arg);
	void *arg;
};

struct mailbox {
	pthread_mutex_t lock;
	struct letter *first, **last; /* guarded by lock */
	struct event *wake;
	int fd;
};

static struct letter *take_all(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	struct letter *all = m->first;

	m->first = NULL;
	m->last = &m->first;
	pthread_mutex_unlock(&m->lock);
	return all;
}

static void run_all(struct mailbox *m)
{
	for (struct letter *l = take_all(m); l != NULL;) {
		struct letter *next = l->next;

		l->fn(l->arg);
		free(l);
		l = next;
	}
}

static void woken(evutil_socket_t fd, short what, void *arg)
{
	uint64_t count;

	(void)what;
	(void)!read(fd, &count,
		    sizeof(count)); /* before the letters are taken: a later one wakes again */
	run_all(arg);
}

struct err *mailbox_new(struct mailbox **out, struct event_base *base)
{
	AUTO(mailbox_free) struct mailbox *m = xcalloc(1, sizeof(*m));

	pthread_mutex_init(&m->lock, NULL);
	m->last = &m->first;
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->fd < 0)
		return err_errno(errno, "making an eventfd");
	m->wake = event_new(base, m->fd, EV_READ | EV_PERSIST, woken, m);
	if (m->wake == NULL || event_add(m->wake, NULL) != 0)
		return err_new(ERR_INTERNAL, "the event loop takes no mailbox");
	*out = MOVE(m);
	return NULL;
}

void mailbox_post(struct mailbox *m, void (*fn)(void *arg), void *arg)
{
	struct letter *l = xcalloc(1, sizeof(*l));
	uint64_t one = 1;

	l->fn = fn;
	l->arg = arg;
	pthread_mutex_lock(&m->lock);
	bool was_empty = m->first == NULL;

	*m->last = l;
	m->last = &l->next;
	if (was_empty)
		(void)!write(m->fd, &one, sizeof(one));
	pthread_mutex_unlock(&m->lock);
}

void mailbox_free(struct mailbox *m)
{
	if (m == NULL)
		return;
	run_all(m);
	if (m->wake != NULL)
		event_free(m->wake);
	fd_close(m->fd);
	pthread_mutex_destroy(&m->lock);
	free(m);
}
