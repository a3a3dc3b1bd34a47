/*
 * A name lookup that ends in time: getaddrinfo() knows neither deadlines nor interruption, and with name servers that do not
 * answer it takes half a minute. So the system's resolver is asked in a thread, which is left alone when it takes too long.
 */
#pragma once

#include "net/resolver.h"

struct interrupt;

/* Literals, and resolvers other than the system's, are asked directly. ERR_TIMEOUT, ERR_INTERRUPTED, or the resolver's own. */
MUST_CHECK struct err *lookup_within(struct address_list *out, struct resolver *r, const char *host, unsigned port, int timeout_ms,
				     const struct interrupt *stop);
