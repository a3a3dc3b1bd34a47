/* The parts of a CA as a configuration makes them; what survives a new configuration is taken over. */
#pragma once

#include "ca/ca.h"
#include "ca/config/config.h"

struct parts; /* a struct ca, and the configuration it owns */

/* All of it. config is lent. */
MUST_CHECK struct err *parts_new(struct parts **out, const struct ca_config *config,
				 const struct world *world);
/* Issuers, policy and limits of another configuration (taken if done); log, store, nonces and account keys are old's. */
MUST_CHECK struct err *parts_renew(struct parts **out, const struct parts *old,
				   struct ca_config *config);
struct ca *parts_ca(struct parts *p);
/* Frees it when nobody holds its struct ca any more; of renewed ones, what is theirs alone. */
void parts_free(struct parts *p);

AUTO_FREE(struct parts, parts_free)
