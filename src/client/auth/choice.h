/* Which challenge of an authorization an authenticator takes (certbot.md 7.6). */
#pragma once

#include "acme/session.h"
#include "client/plugin.h"

/* ERR_CHALLENGE names what was offered and the way out. A loan of the authorization. */
MUST_CHECK struct err *choose_challenge(struct acme_challenge **out, struct acme_authz *a, const struct plugin *p,
					const struct options *opt);
