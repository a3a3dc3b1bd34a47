/*
 * http-01 through the running server: each block that would answer a request for a name on one of its sockets, be it by
 * server_name or as the default (of one address of many: only where the name has no block, or leads there), gets a location for exactly the token's path, before everything else it does. Where nobody listens on
 * the port, in IPv4 or IPv6, a block of our own does meanwhile. Where the stream block does, all that it can go on to answer.
 */
#pragma once

#include "base/str.h"
#include "plugins/nginx/config.h"

struct challenge_answer {
	const char *name, *token, *body; /* lent */
};

struct challenge_ports {
	int64_t http, https;     /* https: CAs follow redirects */
	bool v4_taken, v6_taken; /* something listens on the http port there */
	/* Where a name leads, as nginx writes addresses; asked only where that makes a difference. NULL: nobody knows. */
	void (*addresses)(const void *ctx, const char *name, struct strlist *out);
	const void *ctx;
};

/* Edits c. */
MUST_CHECK struct err *challenge_edit(struct config *c, const struct challenge_answer *answers,
				      size_t n, const struct challenge_ports *ports);
