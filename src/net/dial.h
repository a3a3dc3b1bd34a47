/*
 * Connecting to the first of several addresses that answers (RFC 8305 §5): in their order, the next one started when one
 * has failed or has been silent for 250 ms. No blocking call: the owner polls and steps.
 */
#pragma once

#include <poll.h>
#include <stdint.h>

#include "net/resolver.h"

struct dial;

enum { DIAL_WIDTH = 8 }; /* addresses that are tried; more are left out */

struct dial *dial_new(struct address_list *addresses); /* takes the list; at least one */
void dial_free(struct dial *d);

/* What to poll for; the number of entries filled. */
size_t dial_poll(const struct dial *d, struct pollfd fds[DIAL_WIDTH]);
/* When dial_step() is wanted even if nothing is ready; INT64_MAX when never. */
int64_t dial_wake_ms(const struct dial *d);

/*
 * *fd is the connected socket (the caller's; non-blocking, without Nagle) and *address where it leads, or -1: not yet.
 * ERR_NETWORK when all failed: "Connection refused", or each address with its own cause.
 */
MUST_CHECK struct err *dial_step(struct dial *d, int64_t now_ms, int *fd, struct address *address);

/* "127.0.0.1:443", or several joined by ", ": what is being tried. */
char *dial_text(const struct dial *d);

AUTO_FREE(struct dial, dial_free)
