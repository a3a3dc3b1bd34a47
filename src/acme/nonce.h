/*
 * Anti-replay nonces (RFC 8555 §6.5): each answer brings one, each signed request spends one. The
 * newest is spent first: after a badNonce it is the one that came with the error (§6.5), and old
 * ones may have run out at the CA.
 */
#pragma once

#include "base/limits.h"
#include "net/http1.h"

struct nonce_pool {
	char *items[LIMIT_NONCE_POOL];
	size_t count;
};

/* Keeps the Replay-Nonce of an answer, if it is a valid one; the oldest makes room. */
void nonce_collect(struct nonce_pool *p, const struct http_headers *h);
/* The newest, or NULL when there is none; the caller's. */
char *nonce_take(struct nonce_pool *p);
void nonce_pool_release(struct nonce_pool *p);
