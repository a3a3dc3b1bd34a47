/*
 * What CAs say of the renewal of lineages (RFC 9773), asked before each is judged: side by side, on the connections of one
 * session a CA. Where a CA is far away this is what `renew` over many lineages waits for.
 */
#pragma once

#include "acme/cert.h"
#include "client/client.h"
#include "client/lineage/lineage.h"

struct foresight {
	bool asked;
	struct acme_window window;
	struct err *failure; /* of the question */
};

void foresight_release(struct foresight *f);
struct foresight foresight_take(struct foresight *f);

struct foresight_question {
	struct foresight
		*out; /* not asked: it is for later, when the lineage is judged, or never */
	const struct lineage *lineage;
	const struct options *opt;
};

/* Yields an error only when everything shall stop. */
MUST_CHECK struct err *foresight_ask(struct client *c, const struct foresight_question *q,
				     size_t count);

AUTO_RELEASE(struct foresight, foresight_release)
