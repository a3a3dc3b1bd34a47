/*
 * Keys of the issuers met so far, by the text of the chain that begins with them: thousands of lineages share a handful.
 * For one thread.
 */
#pragma once

#include "client/lineage/lineage.h"

struct issuers;

struct issuers *issuers_new(void);
void issuers_free(struct issuers *i);

/* The key of the first certificate of a chain file. A loan of i. */
MUST_CHECK struct err *issuers_key(EVP_PKEY **out, struct issuers *i, const char *chain_pem,
				   size_t len);

/* lineage_verify() with keys at hand. */
MUST_CHECK struct err *lineage_verify_with(struct issuers *i, const struct lineage *l);

AUTO_FREE(struct issuers, issuers_free)
