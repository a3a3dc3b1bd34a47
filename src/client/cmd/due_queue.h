/*
 * Lineages that `renew` found to be due, to be renewed side by side. What is said of each comes whole, in the order of the
 * lineages, as if they had been renewed one after the other; so do hooks.
 */
#pragma once

#include "client/client.h"
#include "client/cmd/ahead.h"
#include "client/order/issue.h"

struct due_queue;

struct due {
	char *name;
	struct ahead a;       /* as it is when it is worked on */
	struct issued issued; /* what came of it */
	struct err *failure;

	struct said before; /* the queue's: what was said since the one before it */
	struct said said;   /* while it was renewed */
	int64_t waited_ms;  /* for its CA */
};

/* How a lineage is renewed, and what is done with what came of it. */
struct due_work {
	/* In a thread, with a client of its own. */
	struct err *(*renew)(struct client *c, struct ahead *a, struct issued *out);
	/* In the caller's thread, one after the other; false: no other one is begun. */
	bool (*conclude)(void *ctx, struct client *c, struct due *d);
	void *ctx;
};

/* --jobs, or what this machine can do. */
unsigned due_queue_lanes(const struct options *opt);

/* c: what the caller says meanwhile is kept, to be said at its place between the renewals. */
struct due_queue *due_queue_new(struct client *c, unsigned lanes);
void due_queue_free(struct due_queue *q);

/* The client to look for more with. */
struct client *due_queue_client(struct due_queue *q);
/* Says what was kept, as long as nobody waits. */
void due_queue_speak(struct due_queue *q);
/* a: read already; it will be read anew. */
void due_queue_add(struct due_queue *q, const struct ahead *a);
/* Renews them all, and says everything. */
void due_queue_run(struct due_queue *q, const struct due_work *work);
/* Renews none, and says what was kept. */
void due_queue_give_up(struct due_queue *q);

AUTO_FREE(struct due_queue, due_queue_free)
