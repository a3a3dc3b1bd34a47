/*
 * Rate limits (ca.md 5.12): GCRA buckets in memory, shared by all loops, with a ceiling on how many there are. A restart forgets
 * them, which errs on the side of the client.
 */
#pragma once

#include "base/err.h"
#include "ca/config/config.h"
#include "net/resolver.h"
#include "proto/ident.h"

struct limiter;

enum limit_kind {
	LIMIT_ACCOUNTS_PER_ADDRESS,
	LIMIT_ACCOUNTS_PER_NETWORK, /* IPv6 /48 */
	LIMIT_ORDERS_PER_ACCOUNT,
	LIMIT_CERTIFICATES_PER_DOMAIN, /* registered domain, IPv4 /32, IPv6 /64 */
	LIMIT_CERTIFICATES_PER_SET,
	LIMIT_FAILURES_PER_NAME,
	/* Of one IP address, by what it asks for; the last is all else below /acme. */
	LIMIT_REQUESTS_DIRECTORY,
	LIMIT_REQUESTS_NEW_NONCE,
	LIMIT_REQUESTS_NEW_ACCOUNT,
	LIMIT_REQUESTS_NEW_ORDER,
	LIMIT_REQUESTS_REVOKE_CERT,
	LIMIT_REQUESTS_RENEWAL_INFO,
	LIMIT_REQUESTS_OTHER,
	LIMIT_KIND_COUNT,
};

/* What an order is to the limits (ca.md 5.12). */
enum renewal {
	RENEWAL_NONE,       /* something new */
	RENEWAL_SAME_NAMES, /* exactly these names were certified in the last RENEWAL_SAME_S: costs nothing per domain and account */
	RENEWAL_TIMELY, /* replaces a certificate in the window that we named: costs nothing at all */
};

#define RENEWAL_SAME_S (120L * 24 * 60 * 60)

/* Is any limit on, so that it matters? */
bool limiter_is_on(const struct limiter *l);

/* Goes on with what `before`, of another configuration, has counted; NULL: from nothing. */
MUST_CHECK struct err *limiter_new(struct limiter **out, const struct ca_config *config,
				   const struct limiter *before);
void limiter_free(struct limiter *l);

/* A request came, whatever will become of it: rateLimited too, but 503. */
MUST_CHECK struct err *limiter_request(struct limiter *l, const char *path,
				       const struct address *peer, int64_t now_ms);

/*
 * Each spends one from its buckets, all or none. rateLimited with Retry-After, the text of ca.md 5.12 and the help link in the
 * configuration. `now_ms` is wall-clock time.
 */
MUST_CHECK struct err *limiter_new_account(struct limiter *l, const struct address *peer,
					   int64_t now_ms);
MUST_CHECK struct err *limiter_new_order(struct limiter *l, int64_t account_id,
					 const struct idents *idents, enum renewal renewal,
					 int64_t now_ms);
/* Given back when the step that was paid for failed later. */
void limiter_refund_order(struct limiter *l, int64_t account_id, enum renewal renewal);
/* A certificate was issued: the buckets per domain and per set are paid here. */
void limiter_issued(struct limiter *l, const struct idents *idents, enum renewal renewal,
		    int64_t now_ms);
/* A validation ended. After pause_after failures in a row the account is paused for the name. */
void limiter_judged(struct limiter *l, int64_t account_id, const struct ident *ident, bool valid,
		    int64_t now_ms);

AUTO_FREE(struct limiter, limiter_free)
