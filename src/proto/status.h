/* Statuses of accounts, orders, authorizations and challenges, and which may follow which (RFC 8555 §7.1.6). */
#pragma once

#include "base/err.h"

enum order_status { ORDER_PENDING, ORDER_READY, ORDER_PROCESSING, ORDER_VALID, ORDER_INVALID, ORDER_STATUS_COUNT };
enum authz_status {
	AUTHZ_PENDING, AUTHZ_VALID, AUTHZ_INVALID, AUTHZ_DEACTIVATED, AUTHZ_EXPIRED, AUTHZ_REVOKED, AUTHZ_STATUS_COUNT
};
enum challenge_status { CHALLENGE_PENDING, CHALLENGE_PROCESSING, CHALLENGE_VALID, CHALLENGE_INVALID, CHALLENGE_STATUS_COUNT };
enum account_status { ACCOUNT_VALID, ACCOUNT_DEACTIVATED, ACCOUNT_REVOKED, ACCOUNT_STATUS_COUNT };

const char *order_status_name(enum order_status s);
const char *authz_status_name(enum authz_status s);
const char *challenge_status_name(enum challenge_status s);
const char *account_status_name(enum account_status s);

/* ERR_PROTOCOL names the unknown word. */
MUST_CHECK struct err *order_status_parse(enum order_status *out, const char *word);
MUST_CHECK struct err *authz_status_parse(enum authz_status *out, const char *word);
MUST_CHECK struct err *challenge_status_parse(enum challenge_status *out, const char *word);
MUST_CHECK struct err *account_status_parse(enum account_status *out, const char *word);

/* May an object seen as `from` be seen as `to` later (the same, or one or more arrows of §7.1.6)? */
bool order_may_become(enum order_status from, enum order_status to);
