/* Authorizations made and found again, for newOrder and newAuthz. */
#pragma once

#include "ca/store/op.h"

struct authz_wish {
	int64_t account_id;
	const struct store_order_ident *ident;
	const char *profile;
	time_t expires;     /* of a new one */
	time_t reuse_after; /* 0: none is taken again */
	const char *never_reuse;
};

/* "*.a.test": the name without its star, and that there was one. */
const char *authz_base_name(bool *wildcard, const struct ident *i);
/* A valid one that may be taken again: *found and, in out, its AUTHZ_SHORT. */
MUST_CHECK struct err *authz_reusable(bool *found, struct store_authz *out, struct tx *t,
				      const struct authz_wish *w);
/* A pending one, in out its AUTHZ_SHORT. */
MUST_CHECK struct err *authz_insert(struct store_authz *out, struct tx *t,
				    const struct authz_wish *w);
