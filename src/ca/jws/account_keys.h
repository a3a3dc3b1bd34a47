/*
 * Accounts as they were read, so that a request whose account was here lately needs neither the store nor a parsed key.
 * Bounded: the one that was quiet longest goes. An entry is believed for key_cache_s; a change made by this process forgets
 * it at once. Shared by threads.
 */
#pragma once

#include <openssl/evp.h>

#include "base/err.h"
#include "base/world.h"
#include "jose/signature.h"
#include "proto/status.h"

struct account_keys;

struct account_key {
	int64_t account_id;
	enum account_status status;
	EVP_PKEY *key;
	struct verifying *verifying; /* by that key */
	char *thumbprint;
};

void account_key_release(struct account_key *k);

struct account_keys *account_keys_new(const struct world *world, size_t max, int64_t seconds);
void account_keys_free(struct account_keys *c);

/* A copy of what is known of this account, the caller's. */
MUST_CHECK bool account_keys_get(struct account_keys *c, int64_t account_id,
				 struct account_key *out);

/* The same however long ago it was read, if that is still the account's key: a key does not change, its account does. */
MUST_CHECK bool account_keys_recall(struct account_keys *c, int64_t account_id,
				    const char *thumbprint, struct account_key *out);

/* To be asked for before the store is read: what was read before a change is not remembered after it. */
uint64_t account_keys_age(struct account_keys *c);
void account_keys_put(struct account_keys *c, const struct account_key *k, uint64_t age);
void account_keys_forget(struct account_keys *c, int64_t account_id);

AUTO_FREE(struct account_keys, account_keys_free)
AUTO_RELEASE(struct account_key, account_key_release)
