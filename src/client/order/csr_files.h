/* Where the certificate for a request that was made elsewhere goes: three files of the user's (certbot.md 7.1). */
#pragma once

#include "client/client.h"
#include "pki/chain.h"

/* ERR_CONFIG before anything is asked of the CA: a file that was named is there already, and nothing is written over. */
MUST_CHECK struct err *csr_files_check(const struct options *opt);
MUST_CHECK struct err *csr_files_save(struct client *c, const struct options *opt, const struct chain *chain);
