/* Inside of orders: what order.c, authz.c, challenge.c, verdict.c and finalize.c share. */
#pragma once

#include "acme/request.h"
#include "acme/wait.h"

/* The answer must be this order, at the same place of its life or later (RFC 8555 §7.1.6). */
MUST_CHECK struct err *order_take(struct acme_order *o, const struct request *r);
/* Fetches it; r is made anew, and keeps the answer for its headers. */
MUST_CHECK struct err *order_refresh(struct acme_session *s, struct acme_order *o,
				     struct request *r);
/*
 * A request for the order that goes beside those that make the CA work on it, so that its answer comes a round trip
 * sooner. Yields how many were added, 0 where that saves nothing. What it tells is taken if it is good; the regular look says
 * what is wrong.
 */
size_t order_add_look(struct request *r, const struct acme_session *s, const struct acme_order *o);
void order_take_look(struct acme_order *o, const struct request *r);
/* Identifiers as we send them: canonical, ERR_USAGE for what is none. */
MUST_CHECK struct err *order_identifiers(struct idents *out, const struct acme_order_request *r);
/* The order at this URL, whatever it is for. */
MUST_CHECK struct err *order_fetch(struct acme_session *s, const char *url, struct order **out);
struct acme_order *order_wrap(struct order *data); /* takes data */

/* How long authorizations are given to be decided: of an order that has failed, or that an earlier run told the CA of. */
#define AUTHZ_SETTLE_S 10

/* Not known yet, or pending. */
bool authz_is_undecided(const struct acme_authz *a);
/* Is one known to be lost: invalid, or the CA refused to hear of its proof? */
bool authzs_any_lost(const struct acme_order *o);
/* Asks again for those that are not decided yet. */
MUST_CHECK struct err *authzs_refresh(struct acme_session *s, struct acme_order *o);
/* The same, with all that were never fetched. */
MUST_CHECK struct err *authzs_look(struct acme_session *s, struct acme_order *o);
/* Waits, not past the parent's deadline, for the verdict on each that the CA was told of; no error when the time is over. */
MUST_CHECK struct err *authzs_settle(struct acme_session *s, struct acme_order *o,
				     const struct wait *parent);
/*
 * Waits, not past the parent's deadline, until each authorization that was worked on is decided, and
 * yields why some are not valid: an ERR_CHALLENGE with a subproblem for each. *out NULL: the
 * authorizations do not say.
 */
MUST_CHECK struct err *authzs_failures(struct acme_session *s, struct acme_order *o,
				       const struct wait *parent, struct err **out);
