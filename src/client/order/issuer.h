/* The CA that issued a lineage: the one to ask about it. Its URL is in the renewal file. */
#pragma once

#include "acme/cert.h"
#include "client/lineage/lineage.h"
#include "client/order/ca.h"

/* NULL: that of the options. */
MUST_CHECK struct err *issuer_server(char **out, const struct options *opt,
				     const struct lineage *l);
/* A loan of the pool. */
MUST_CHECK struct err *issuer_open(struct ca **out, struct client *c, const struct options *opt,
				   const struct lineage *l);
/* What an answer about renewal, or its failure, tells of the CA. */
void issuer_note(struct ca *ca, const struct err *failure, const struct acme_window *w);
