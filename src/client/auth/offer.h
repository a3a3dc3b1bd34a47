/* Which authenticators are offered to a person who named none (certbot.md 6.1). */
#pragma once

#include "client/auth/auth.h"

/* Takes the only one that can work, else asks; what was chosen is set in opt. */
MUST_CHECK struct err *offer_authenticators(struct authenticator **out, struct client *c,
					    struct options *opt);
