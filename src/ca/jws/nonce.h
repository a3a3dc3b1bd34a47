/*
 * Anti-replay nonces (RFC 8555 §6.5) without storage: each is a sealed counter, and of the last ones issued a bit says
 * whether they were redeemed. Older ones, those of another process and those older than NONCE_SECONDS are refused. A
 * restart makes all of them bad, which clients heal by trying again. Shared by threads.
 */
#pragma once

#include "base/err.h"
#include "base/world.h"

struct nonces;

#define NONCE_WINDOW (1u << 20) /* issued nonces that are remembered, a bit each */
#define NONCE_SECONDS 3600

/* window: 0 for NONCE_WINDOW. world is lent. */
MUST_CHECK struct err *nonces_new(struct nonces **out, const struct world *world, size_t window);
void nonces_free(struct nonces *n);

/* A new one, base64url, 59 characters. */
MUST_CHECK struct err *nonces_issue(char **out, struct nonces *n);
/* Once for each that was issued. badNonce says what is wrong with it; NULL text: there was none. */
MUST_CHECK struct err *nonces_redeem(struct nonces *n, const char *text);

AUTO_FREE(struct nonces, nonces_free)
