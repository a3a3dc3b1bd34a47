/*
 * Whether a server's configuration has a renewed certificate at all. That the server shows what its files say is proved elsewhere;
 * here it is asked what they are: a copy of the certificate that it was made of stays as old as it was.
 */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"
#include "srv/endpoint.h"

/* ERR_CONFIG: a place has an older certificate of l. Where none has the new one, that is told as a warning if it is a renewed one. */
MUST_CHECK struct err *standing_check(struct client *c, const char *installer,
				      const struct endpoints *at, const struct lineage *l,
				      bool renewed);
/* Before a renewal: a copy of l's certificate, of any age, is told as a warning; a deploy hook may make it anew. */
MUST_CHECK struct err *standing_foresee(struct client *c, const char *installer,
					const struct endpoints *at, const struct lineage *l);
