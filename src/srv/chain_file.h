/* A file that a server names for its certificate: with the issuers behind it, at times with the key too. */
#pragma once

#include "pki/chain.h"

MUST_CHECK struct err *chain_file_load(struct chain **out, const char *path);
/* The first of it alone. */
MUST_CHECK struct err *cert_file_load(struct cert **out, const char *path);
