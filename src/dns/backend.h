/*
 * What stands behind dns/resolve: one question, one message back, however it was found. Inside of dns/ only.
 */
#pragma once

#include "dns/resolve.h"

struct dns_reply {
	enum dns_failure failure;
	const struct dns_message *message; /* when DNS_ANSWERED */
	bool authenticated;
	const char *why;    /* it was found bogus; NULL */
	const char *server; /* NULL: none was heard */
	unsigned tries;
};

/* Once, from the loop; the reply is a loan, the ask is gone. */
typedef void dns_reply_fn(void *ctx, const struct dns_reply *reply);

struct dns_ask;
struct dns_backend;

struct dns_backend_ops {
	struct dns_ask *(*ask)(struct dns_backend *b, const char *name, uint16_t type,
			       dns_reply_fn *replied, void *ctx);
	void (*cancel)(struct dns_backend *b, struct dns_ask *ask);
	void (*free)(struct dns_backend *b); /* when nothing is asked any more */
};

/* The first member of each backend. */
struct dns_backend {
	const struct dns_backend_ops *ops;
};

MUST_CHECK struct err *dns_stub_new(struct dns_backend **out, struct event_base *base,
				    const struct dns_options *options);
/* Takes a moment: reads the trust anchors. ERR_CONFIG. */
MUST_CHECK struct err *dns_unbound_new(struct dns_backend **out, struct event_base *base,
				       const struct dns_options *options);
