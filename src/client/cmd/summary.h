/* What became of the lineages of a `renew`: the lines that it ends with (certbot.md 12), and the error that it fails with. */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"
#include "client/order/setback.h"

struct summary {
	struct strlist skipped, renewed, failed, put_off, broken; /* lines */
	struct strlist renewed_names, failed_names;               /* of certificates, for hooks */
};

void summary_release(struct summary *s);

/* Not due. */
void summary_skipped(struct summary *s, const char *fullchain, time_t not_after);
void summary_renewed(struct summary *s, const struct lineage *l);
void summary_failed(struct summary *s, const struct lineage *l);
/* For who waits for the certificate it is a failure like that of the last attempt. */
void summary_put_off(struct summary *s, const struct lineage *l, const struct setback *why);
void summary_broken(struct summary *s, const char *conf);

void summary_tell(const struct summary *s, const struct client *c);
/* NULL: nothing failed. */
MUST_CHECK struct err *summary_verdict(const struct summary *s);
