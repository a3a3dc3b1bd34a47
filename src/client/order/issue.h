/* From names to a saved certificate: the page that is the flow. */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

struct csr;

struct issue_request {
	const char *name;            /* of the lineage */
	struct lineage *existing;    /* NULL: a new one */
	const struct cert_names *names;
	const struct csr *csr; /* --csr: the request to send; files are written, no lineage. NULL: one of our own */
};

/*
 * Gets and saves a certificate, or goes on with what a killed run left. With --dry-run nothing is saved and *out is NULL.
 * With --allow-subset-of-names the names that could not be proved are left out and the rest is tried again.
 */
MUST_CHECK struct err *issue(struct lineage **out, struct client *c, struct options *opt, const struct issue_request *r);
