/*
 * Which public keys the CA takes (ca.md 5.4): of accounts, certificate requests and key rollovers. Revoking a certificate
 * with its own key is free for any key.
 */
#pragma once

#include <openssl/evp.h>

#include "base/err.h"
#include "base/mem.h"
#include "jose/numbers.h"

struct policy;

/*
 * NULL: good. ERR_CRYPTO says what is wrong, in words for the owner of the key; the caller makes badPublicKey or badCSR of it.
 * Keys that were blocked by being reported as compromised are the store's knowledge, not asked here.
 */
MUST_CHECK struct err *goodkey_check(const struct policy *p, const EVP_PKEY *key);
/* The same where the key was just made of them. */
MUST_CHECK struct err *goodkey_check_numbers(const struct policy *p, const struct key_numbers *n);
