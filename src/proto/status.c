#include "proto/status.h"

#include <assert.h>

#include "base/str.h"

#define BIT(n) (1u << (n))

static const char *const order_names[] = {
	[ORDER_PENDING] = "pending", [ORDER_READY] = "ready",     [ORDER_PROCESSING] = "processing",
	[ORDER_VALID] = "valid",     [ORDER_INVALID] = "invalid",
};
static_assert(ARRAY_LEN(order_names) == ORDER_STATUS_COUNT, "a name for each order status");

static const char *const authz_names[] = {
	[AUTHZ_PENDING] = "pending", [AUTHZ_VALID] = "valid",
	[AUTHZ_INVALID] = "invalid", [AUTHZ_DEACTIVATED] = "deactivated",
	[AUTHZ_EXPIRED] = "expired", [AUTHZ_REVOKED] = "revoked",
};
static_assert(ARRAY_LEN(authz_names) == AUTHZ_STATUS_COUNT, "a name for each authorization status");

static const char *const challenge_names[] = {
	[CHALLENGE_PENDING] = "pending",
	[CHALLENGE_PROCESSING] = "processing",
	[CHALLENGE_VALID] = "valid",
	[CHALLENGE_INVALID] = "invalid",
};
static_assert(ARRAY_LEN(challenge_names) == CHALLENGE_STATUS_COUNT,
	      "a name for each challenge status");

static const char *const account_names[] = {
	[ACCOUNT_VALID] = "valid",
	[ACCOUNT_DEACTIVATED] = "deactivated",
	[ACCOUNT_REVOKED] = "revoked",
};
static_assert(ARRAY_LEN(account_names) == ACCOUNT_STATUS_COUNT, "a name for each account status");

/* What can be reached by one or more arrows of RFC 8555 §7.1.6; the same status always can. */
static const unsigned order_reaches[] = {
	[ORDER_PENDING] = BIT(ORDER_READY) | BIT(ORDER_PROCESSING) | BIT(ORDER_VALID) |
			  BIT(ORDER_INVALID),
	[ORDER_READY] = BIT(ORDER_PROCESSING) | BIT(ORDER_VALID) | BIT(ORDER_INVALID),
	[ORDER_PROCESSING] = BIT(ORDER_VALID) | BIT(ORDER_INVALID),
	[ORDER_VALID] = 0,
	[ORDER_INVALID] = 0,
};
static_assert(ARRAY_LEN(order_reaches) == ORDER_STATUS_COUNT, "arrows from each order status");

static struct err *find(size_t *out, const char *const *names, size_t count, const char *word,
			const char *what)
{
	AUTO(free) char *shown = str_printable(word, 64);

	for (size_t i = 0; i < count; i++) {
		if (!streq(names[i], word))
			continue;
		*out = i;
		return NULL;
	}
	return err_new(ERR_PROTOCOL, "unknown %s status \"%s\"", what, shown);
}

const char *order_status_name(enum order_status s)
{
	return order_names[s];
}

const char *authz_status_name(enum authz_status s)
{
	return authz_names[s];
}

const char *challenge_status_name(enum challenge_status s)
{
	return challenge_names[s];
}

const char *account_status_name(enum account_status s)
{
	return account_names[s];
}

struct err *order_status_parse(enum order_status *out, const char *word)
{
	size_t i = 0;

	TRY(find(&i, order_names, ARRAY_LEN(order_names), word, "order"));
	*out = (enum order_status)i;
	return NULL;
}

struct err *authz_status_parse(enum authz_status *out, const char *word)
{
	size_t i = 0;

	TRY(find(&i, authz_names, ARRAY_LEN(authz_names), word, "authorization"));
	*out = (enum authz_status)i;
	return NULL;
}

struct err *challenge_status_parse(enum challenge_status *out, const char *word)
{
	size_t i = 0;

	TRY(find(&i, challenge_names, ARRAY_LEN(challenge_names), word, "challenge"));
	*out = (enum challenge_status)i;
	return NULL;
}

struct err *account_status_parse(enum account_status *out, const char *word)
{
	size_t i = 0;

	TRY(find(&i, account_names, ARRAY_LEN(account_names), word, "account"));
	*out = (enum account_status)i;
	return NULL;
}

bool order_may_become(enum order_status from, enum order_status to)
{
	return from == to || (order_reaches[from] & BIT(to)) != 0;
}
