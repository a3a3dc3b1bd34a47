/*
 * A way into an event loop from other threads: what is posted runs there, in the order in which it was posted.
 *
 * A loop that is run by mailbox_run has turns: whatever is ready at once is one. Work that is cheaper for many than for each can
 * wait for the end of the turn; while there is little of it, what is ready by then belongs to the turn, too.
 */
#pragma once

#include "base/err.h"

struct event_base;
struct mailbox;

typedef void mailbox_fn(void *arg);

MUST_CHECK struct err *mailbox_new(struct mailbox **out, struct event_base *base);

/* From any thread; never blocks on the loop. fn runs once, in the loop of the base. */
void mailbox_post(struct mailbox *m, mailbox_fn *fn, void *arg);
/* In the loop's own thread, which needs no waking: fn runs when its caller is done. */
void mailbox_post_here(struct mailbox *m, mailbox_fn *fn, void *arg);

/* Runs the loop until it is broken, and each_turn before it waits for more. */
void mailbox_run(struct mailbox *m, mailbox_fn *each_turn, void *arg);
/* In the loop's own thread: fn runs once when the turn ends, however often this asks; at once where there are no turns. */
void mailbox_at_turn_end(struct mailbox *m, mailbox_fn *fn, void *arg);

/* In the loop's thread, when nobody posts any more. What has not run yet is run now, so that nothing is lost. */
void mailbox_free(struct mailbox *m);

AUTO_FREE(struct mailbox, mailbox_free)
