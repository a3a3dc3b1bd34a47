/*
 * Our event base as libunbound wants one. Debian's libunbound is linked to the whole libevent and we to its core: handing it
 * a struct event_base would trust that both are the same. Its pluggable events need no such trust. Inside of dns/ only.
 */
#pragma once

#include <event2/event.h>
#include <unbound-event.h>

struct unbound_loop {
	struct ub_event_base ub; /* first: it is handed out as this */
	struct event_base *base;
};

void unbound_loop_init(struct unbound_loop *l, struct event_base *base);
