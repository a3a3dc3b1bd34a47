#include "net/mailbox.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fs.h"

enum { TURN_ENOUGH = 16 };

struct letter {
	struct letter *next;
	mailbox_fn *fn;
	void *arg;
};

struct letters {
	struct letter *first, **last;
};

struct mailbox {
	struct event_base *base;
	pthread_mutex_t lock;
	struct letters foreign; /* guarded by lock */
	struct event *wake;
	int fd;
	struct letters own; /* this and the rest: the loop's own */
	struct event *again;
	struct letters at_end; /* of the turn */
	size_t asked;          /* how often, this turn */
	bool has_turns;
};

static void clear(struct letters *l)
{
	l->first = NULL;
	l->last = &l->first;
}

static void add(struct letters *l, mailbox_fn *fn, void *arg)
{
	struct letter *letter = xcalloc(1, sizeof(*letter));

	*letter = (struct letter){ NULL, fn, arg };
	*l->last = letter;
	l->last = &letter->next;
}

static void run_letters(struct letter *l)
{
	while (l != NULL) {
		struct letter *next = l->next;

		l->fn(l->arg);
		free(l);
		l = next;
	}
}

/* Those that come meanwhile wait for the next time. */
static void run_all(struct letters *l)
{
	struct letter *all = l->first;

	clear(l);
	run_letters(all);
}

static void run_foreign(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	struct letter *all = m->foreign.first;

	clear(&m->foreign);
	pthread_mutex_unlock(&m->lock);
	run_letters(all);
}

static void woken(evutil_socket_t fd, short what, void *arg)
{
	uint64_t count;

	(void)what;
	(void)!read(fd, &count,
		    sizeof(count)); /* before the letters are taken: a later one wakes again */
	run_foreign(arg);
}

static void run_own(evutil_socket_t fd, short what, void *arg)
{
	struct mailbox *m = arg;

	(void)fd;
	(void)what;
	run_all(&m->own);
}

struct err *mailbox_new(struct mailbox **out, struct event_base *base)
{
	AUTO(mailbox_free) struct mailbox *m = xcalloc(1, sizeof(*m));

	pthread_mutex_init(&m->lock, NULL);
	clear(&m->foreign);
	clear(&m->own);
	clear(&m->at_end);
	m->base = base;
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->fd < 0)
		return err_errno(errno, "making an eventfd");
	m->wake = event_new(base, m->fd, EV_READ | EV_PERSIST, woken, m);
	m->again = evtimer_new(base, run_own, m);
	if (m->wake == NULL || m->again == NULL || event_add(m->wake, NULL) != 0)
		return err_new(ERR_INTERNAL, "the event loop takes no mailbox");
	*out = MOVE(m);
	return NULL;
}

void mailbox_post(struct mailbox *m, mailbox_fn *fn, void *arg)
{
	uint64_t one = 1;

	pthread_mutex_lock(&m->lock);
	bool was_empty = m->foreign.first == NULL;

	add(&m->foreign, fn, arg);
	if (was_empty)
		(void)!write(m->fd, &one, sizeof(one));
	pthread_mutex_unlock(&m->lock);
}

void mailbox_post_here(struct mailbox *m, mailbox_fn *fn, void *arg)
{
	add(&m->own, fn, arg);
	event_active(m->again, EV_TIMEOUT, 0);
}

void mailbox_at_turn_end(struct mailbox *m, mailbox_fn *fn, void *arg)
{
	if (!m->has_turns) {
		fn(arg);
		return;
	}
	m->asked++;
	for (const struct letter *l = m->at_end.first; l != NULL; l = l->next)
		if (l->fn == fn && l->arg == arg)
			return;
	add(&m->at_end, fn, arg);
}

/* False: it is broken, which the loop itself forgets when it runs again. */
static bool run_loop(struct mailbox *m, int flags)
{
	return event_base_loop(m->base, flags) == 0 && !event_base_got_break(m->base);
}

/* Until little becomes enough or nothing more comes. More than enough would keep whoever does it idle, and then the loop. */
static bool prolong(struct mailbox *m)
{
	bool goes_on = true;
	size_t before = 0;

	while (goes_on && m->asked > before && m->asked < TURN_ENOUGH) {
		before = m->asked;
		goes_on = run_loop(m, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
	m->asked = 0;
	return goes_on;
}

void mailbox_run(struct mailbox *m, mailbox_fn *each_turn, void *arg)
{
	bool goes_on;

	m->has_turns = true;
	do {
		goes_on = prolong(m);
		run_all(&m->at_end);
		each_turn(arg);
	} while (goes_on && run_loop(m, EVLOOP_ONCE));
	run_all(&m->at_end);
	each_turn(arg);
	m->has_turns = false;
}

void mailbox_free(struct mailbox *m)
{
	if (m == NULL)
		return;
	run_foreign(m);
	run_all(&m->own);
	if (m->wake != NULL)
		event_free(m->wake);
	if (m->again != NULL)
		event_free(m->again);
	fd_close(m->fd);
	pthread_mutex_destroy(&m->lock);
	free(m);
}
