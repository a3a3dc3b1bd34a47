/* Which account signs, and registering one (certbot.md 9.3). */
#pragma once

#include "acme/session.h"
#include "client/client.h"
#include "client/store/accounts.h"

/* --account or the lineage's; else the only one there is, or a question. *out NULL: there is none. */
MUST_CHECK struct err *account_choose(struct stored_account **out, struct client *c, const struct options *opt);
/* A new key, on the disk before the CA sees it; asks for the terms and an e-mail address where they were not given. */
MUST_CHECK struct err *account_register(struct stored_account **out, struct client *c, struct options *opt,
					struct acme_session *s);
