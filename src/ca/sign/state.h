/* The signer's inside, for the files that it is made of. */
#pragma once

#include "ca/sign/issuer.h"
#include "ca/sign/sign.h"

struct sign {
	const struct ca_config *config;
	const struct world *world;
	struct issuer **issuers; /* as in the configuration */
	size_t count;
};

/* Is it active, and one that the profile may have? */
bool sign_profile_takes(const struct profile_config *p, const struct issuer *i);
/* NULL: none. */
const struct issuer *sign_issuer(const struct sign *s, const char *name);
