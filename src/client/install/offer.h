/* Which plugins are offered to a person who named none (certbot.md 6.1). */
#pragma once

#include "client/install/opened.h"

struct offer_role {
	const char *question, *flag;
	bool (*fits)(const struct plugin *p);
	const char *none;      /* the error when there is nothing to offer */
	const char *cancelled; /* the error when a person wants none of them */
};

/* Takes the only one that can work, else asks. What is not installed is not offered. */
MUST_CHECK struct err *offer_plugins(struct opened **out, struct client *c, struct options *opt,
				     const struct offer_role *role);
