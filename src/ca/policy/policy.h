/*
 * What the CA's configuration says about names and keys, made ready for being asked. Does not change after start, so every
 * loop asks the same one.
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"

struct address_policy; /* va/address.h */
struct blocked_keys;   /* ca/policy/blocked_keys.h */
struct ca_config;
struct incidents; /* ca/policy/incidents.h */
struct networks;  /* ca/policy/network.h */

struct policy {
	const struct ca_config *config;   /* lent */
	struct address_policy *addresses; /* that may be ordered */
	struct networks *denied;
	struct blocked_keys *blocked_keys;
	struct incidents *incidents; /* NULL: none */
};

/* ERR_CONFIG names the network or a file that cannot be read. */
MUST_CHECK struct err *policy_new(struct policy **out, const struct ca_config *config);
void policy_free(struct policy *p);

AUTO_FREE(struct policy, policy_free)
