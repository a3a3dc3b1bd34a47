/* From names to a saved certificate: the page that is the flow. */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

struct csr;
struct journal;

struct issue_request {
	const char *name;            /* of the lineage */
	struct lineage *existing;    /* NULL: a new one */
	const struct cert_names *names;
	const struct csr *csr; /* --csr: the request to send; files are written, no lineage. NULL: one of our own */
};

/* What was got, and what is owed for it: the deploy hooks. */
struct issued {
	struct lineage *lineage; /* NULL: nothing was saved */
	struct journal *journal; /* of its order: goes with the hooks */
	char *rehearsed_in; /* a dry run: the live directory that hooks are to be shown; NULL: none is to run */
	struct strlist rehearsed;
	bool begun; /* the pre hooks were run, by this run or by the killed one it goes on with: post hooks are owed */
};

void issued_release(struct issued *i);

/* The two halves of issue(), for who gets several certificates at once and has their hooks run one after the other. */
MUST_CHECK struct err *issue_obtain(struct issued *out, struct client *c, struct options *opt, const struct issue_request *r);
MUST_CHECK struct err *issue_deploy(struct client *c, const struct options *opt, struct issued *i);

/*
 * Gets and saves a certificate, or goes on with what a killed run left. With --dry-run nothing is saved. out->begun holds after a failure too.
 * With --allow-subset-of-names the names that could not be proved are left out and the rest is tried again.
 */
MUST_CHECK struct err *issue(struct issued *out, struct client *c, struct options *opt, const struct issue_request *r);

AUTO_RELEASE(struct issued, issued_release)
