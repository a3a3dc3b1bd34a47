/* The key of the next certificate: which kind, new or the old one again (certbot.md 6.2, 7). */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

/* "secp256r1", "rsa2048", or "same:<digest>" when the lineage's key is used again. */
MUST_CHECK struct err *certkey_spec(char **out, const struct options *opt, const struct lineage *existing);
MUST_CHECK struct err *certkey_make(EVP_PKEY **out, const struct options *opt, const struct lineage *existing);
