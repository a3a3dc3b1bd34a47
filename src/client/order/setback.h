/*
 * What went wrong when a lineage was last to be renewed: <work_dir>/signet/setbacks/<lineage>.json, 0600. A CA that has said no is
 * left alone for 1, 10 and 100 minutes and then asked once a day (Let's Encrypt's integration guide), and not before the time that it
 * named itself (Retry-After).
 *
 * It is about one certificate and one configuration. When either has changed, or the clock shows a time before the failure, it is
 * as if it were not there; so is a file that cannot be read: one attempt too many does less harm than one too few.
 */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

struct setback {
	int64_t failures; /* in a row */
	time_t failed_at; /* the last of them */
	time_t next_try;  /* failed_at: nothing is to be waited for */
	char *reason; /* short: "unauthorized (www.a.test)", or the message where the CA named no type */
	struct err *
		error; /* the last one; of several names that failed, it has the first one's type and identifier */
	char *request; /* digest of the configuration and the command line that it was tried with */
};

/* Lineages with a file, sorted. */
MUST_CHECK struct err *setback_names(struct strlist *out, const struct tree *t);
/* NULL: nothing went wrong since. */
struct setback *setback_of(const struct tree *t, const struct lineage *l, time_t now);
/* Is it too early to try the same again? */
bool setback_holds(const struct setback *s, const struct client *c, const struct lineage *l);

/* One more failure. */
MUST_CHECK struct err *setback_note(const struct client *c, const struct lineage *l,
				    const struct err *why);
MUST_CHECK struct err *setback_forget(const struct tree *t, const char *lineage);
void setback_free(struct setback *s);

AUTO_FREE(struct setback, setback_free)
