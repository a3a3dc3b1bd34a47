#include "dns/unbound_loop.h"

#include <assert.h>
#include <stdint.h>

#include "base/mem.h"

static_assert(UB_EV_TIMEOUT == EV_TIMEOUT && UB_EV_READ == EV_READ && UB_EV_WRITE == EV_WRITE &&
		      UB_EV_SIGNAL == EV_SIGNAL && UB_EV_PERSIST == EV_PERSIST,
	      "libunbound's bits are libevent's");

typedef void happened_fn(int fd, short bits, void *arg);

struct loop_event {
	struct ub_event ub; /* first */
	struct event *event;
};

static struct event *event_of(struct ub_event *ub)
{
	return ((struct loop_event *)ub)->event;
}

/* As it is but for these; it is not active now. */
static void set(struct ub_event *ub, int fd, short bits)
{
	struct event *e = event_of(ub);

	(void)event_assign(e, event_get_base(e), fd, bits, event_get_callback(e),
			   event_get_callback_arg(e));
}

static void add_bits(struct ub_event *ub, short bits)
{
	struct event *e = event_of(ub);

	set(ub, event_get_fd(e), (short)(event_get_events(e) | bits));
}

static void del_bits(struct ub_event *ub, short bits)
{
	struct event *e = event_of(ub);

	set(ub, event_get_fd(e), (short)(event_get_events(e) & ~bits));
}

static void set_fd(struct ub_event *ub, int fd)
{
	set(ub, fd, event_get_events(event_of(ub)));
}

static void free_event(struct ub_event *ub)
{
	event_free(event_of(ub));
	free(ub);
}

static int add(struct ub_event *ub, struct timeval *timeout)
{
	return event_add(event_of(ub), timeout);
}

static int del(struct ub_event *ub)
{
	return event_del(event_of(ub));
}

static int add_timer(struct ub_event *ub, struct ub_event_base *base, happened_fn *happened,
		     void *arg, struct timeval *timeout)
{
	struct event *e = event_of(ub);

	(void)event_assign(e, ((struct unbound_loop *)base)->base, -1, 0, happened, arg);
	return event_add(e, timeout);
}

/* It never asks for these. */

static int no_signal(struct ub_event *ub, struct timeval *timeout)
{
	(void)ub;
	(void)timeout;
	return -1;
}

static int del_no_signal(struct ub_event *ub)
{
	(void)ub;
	return -1;
}

static void would_block(struct ub_event *ub, int bits)
{
	(void)ub;
	(void)bits;
}

static struct ub_event *no_new_signal(struct ub_event_base *b, int fd, happened_fn *happened,
				      void *arg)
{
	(void)b;
	(void)fd;
	(void)happened;
	(void)arg;
	return NULL;
}

static struct ub_event *no_winsock(struct ub_event_base *b, void *event, happened_fn *happened,
				   void *arg)
{
	(void)b;
	(void)event;
	(void)happened;
	(void)arg;
	return NULL;
}

static void no_free(struct ub_event_base *b)
{
	(void)b;
}

static int no_dispatch(struct ub_event_base *b)
{
	(void)b;
	return -1;
}

static int no_exit(struct ub_event_base *b, struct timeval *timeout)
{
	(void)b;
	(void)timeout;
	return -1;
}

static const struct ub_event_vmt event_methods = {
	.add_bits = add_bits,
	.del_bits = del_bits,
	.set_fd = set_fd,
	.free = free_event,
	.add = add,
	.del = del,
	.add_timer = add_timer,
	.del_timer = del,
	.add_signal = no_signal,
	.del_signal = del_no_signal,
	.winsock_unregister_wsaevent = free_event,
	.winsock_tcp_wouldblock = would_block,
};

static struct ub_event *new_event(struct ub_event_base *b, int fd, short bits,
				  happened_fn *happened, void *arg)
{
	struct loop_event *e = xcalloc(1, sizeof(*e));

	e->ub.magic = UB_EVENT_MAGIC;
	e->ub.vmt = (struct ub_event_vmt *)(uintptr_t)&event_methods; /* read only, it says not */
	e->event = event_new(((struct unbound_loop *)b)->base, fd, bits, happened, arg);
	if (e->event != NULL)
		return &e->ub;
	free(e);
	return NULL;
}

static const struct ub_event_base_vmt base_methods = {
	.free = no_free,
	.dispatch = no_dispatch,
	.loopexit = no_exit,
	.new_event = new_event,
	.new_signal = no_new_signal,
	.winsock_register_wsaevent = no_winsock,
};

void unbound_loop_init(struct unbound_loop *l, struct event_base *base)
{
	l->ub.magic = UB_EVENT_MAGIC;
	l->ub.vmt = (struct ub_event_base_vmt *)(uintptr_t)&base_methods;
	l->base = base;
}
