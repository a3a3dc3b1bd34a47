/* Has its CA revoked a certificate? Asked by OCSP, as Certbot does before it judges by dates (certbot.md 12.2, 13.1). */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

/* One connection pool for a run, and who has not answered in it. */
struct responders;
struct responders *responders_new(void);
void responders_free(struct responders *r);

/* Can it be asked? Not when the certificate names no responder, nor after its end. */
bool revocation_is_known_of(const struct lineage *l, time_t now);

/*
 * revoked[i]: the responder of lineage i says so. Several are asked side by side. What cannot be found out is no reason to stop: it is
 * logged, and the certificate counts as not revoked. ERR_INTERRUPTED is the only error.
 */
MUST_CHECK struct err *revocation_ask(struct client *c, const struct options *opt, const struct lineage *const *lineages, bool *revoked,
				      size_t count);

AUTO_FREE(struct responders, responders_free)
