/*
 * One question on its way to one server, on a socket of its own: by UDP or TCP. Inside of dns/ only.
 */
#pragma once

#include <event2/event.h>

#include "base/buf.h"
#include "net/resolver.h"

struct carrier;

/*
 * Something came; data NULL: nothing will, the network said no. A loan for the time of the call, in which the carrier may
 * be freed. By UDP it may come again, by TCP not.
 */
typedef void carrier_fn(void *ctx, const uint8_t *data, size_t len);

struct carrier_request {
	struct event_base *base;
	const struct address *server;
	const struct address *source; /* NULL: any */
	const struct buf *question;   /* a whole message; a loan for the time of the call */
	carrier_fn *heard;
	void *ctx;
};

/* NULL: the network said no at once, errno why. Each socket is connected, so that only the server is heard, and has a port of its own. */
struct carrier *carrier_udp(const struct carrier_request *r);
struct carrier *carrier_tcp(const struct carrier_request *r);
void carrier_free(struct carrier *c);
AUTO_FREE(struct carrier, carrier_free)
