/*
 * A way into an event loop from other threads: what is posted runs there, in the order in which it was posted.
 */
#pragma once

#include "base/err.h"

struct event_base;
struct mailbox;

MUST_CHECK struct err *mailbox_new(struct mailbox **out, struct event_base *base);

/* From any thread; never blocks on the loop. fn runs once, in the loop of the base. */
void mailbox_post(struct mailbox *m, void (*fn)(void *arg), void *arg);

/* In the loop's thread, when nobody posts any more. What has not run yet is run now, so that nothing is lost. */
void mailbox_free(struct mailbox *m);

AUTO_FREE(struct mailbox, mailbox_free)
