/* A run of renew: what it has found, done and owes. */
#pragma once

#include "client/client.h"
#include "client/cmd/ahead.h"
#include "client/cmd/claims.h"
#include "client/cmd/due_queue.h"
#include "client/cmd/idle_lineages.h"
#include "client/cmd/progress.h"
#include "client/cmd/summary.h"
#include "client/install/reload.h"
#include "client/order/issue.h"

struct renewal_run {
	struct client *c; /* who speaks now */
	struct client *root;
	struct due_queue *queue; /* NULL: what is due is renewed at once */
	struct err *stopped;     /* while the queue was worked on */
	struct idle_lineages idle;
	struct claims claims;      /* of what is due */
	struct strlist unfinished; /* lineages with a journal */
	struct strlist setbacks;   /* lineages that are known to have failed */
	bool slept;
	bool woken;      /* since the lineage in work was read */
	bool locked_out; /* the locks are not ours any more: nothing is touched */
	bool worked;     /* since lineages were read ahead, something may have changed them */
	struct progress progress;
	struct summary summary;
	struct reloads reloads; /* owed to servers, when all is renewed */
};

void renewal_run_release(struct renewal_run *r);

/* Renews it, or queues it, if it is due; says why not. Yields an error only when the whole run must stop. */
MUST_CHECK struct err *renewal_look_into(struct renewal_run *r, const char *name, const char *conf,
					 struct ahead *a);
/* Gets a certificate and saves it. May be one of several threads. */
MUST_CHECK struct err *renewal_obtain(struct client *c, struct ahead *a, struct issued *out);
/* What follows: hooks, and the server that is to be told. */
MUST_CHECK struct err *renewal_deploy(struct renewal_run *r, const struct ahead *a,
				      struct issued *i);
void renewal_owe_reload(struct renewal_run *r, const struct ahead *a, struct issued *i);
bool renewal_must_stop(const struct renewal_run *r, const struct err *e);

AUTO_RELEASE(struct renewal_run, renewal_run_release)
