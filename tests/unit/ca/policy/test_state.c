#include "check.h"

#include "ca/policy/state.h"

#define NOW 1789000000

/* RFC 8555 §7.1.6 */
static void test_authz(void **state)
{
	static const struct {
		enum authz_status stored;
		time_t expires;
		enum authz_status now;
	} rows[] = {
		{ AUTHZ_PENDING, NOW + 1, AUTHZ_PENDING },
		{ AUTHZ_PENDING, NOW, AUTHZ_EXPIRED },
		{ AUTHZ_VALID, NOW + 1, AUTHZ_VALID },
		{ AUTHZ_VALID, NOW, AUTHZ_EXPIRED },
		{ AUTHZ_INVALID, NOW - 1, AUTHZ_INVALID },
		{ AUTHZ_REVOKED, NOW - 1, AUTHZ_REVOKED },
		{ AUTHZ_DEACTIVATED, NOW - 1, AUTHZ_DEACTIVATED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(authz_status_at(rows[i].stored, rows[i].expires, NOW),
				 rows[i].now);
}

#define P AUTHZ_PENDING
#define V AUTHZ_VALID

static const struct {
	bool failed, finalizing, certified;
	time_t expires;
	enum authz_status authzs[2];
	enum order_status status;
} orders[] = {
	{ .expires = NOW + 1, .authzs = { P, P }, .status = ORDER_PENDING },
	{ .expires = NOW + 1, .authzs = { V, P }, .status = ORDER_PENDING },
	{ .expires = NOW + 1, .authzs = { V, V }, .status = ORDER_READY },
	{ .expires = NOW + 1, .authzs = { V, AUTHZ_INVALID }, .status = ORDER_INVALID },
	{ .expires = NOW + 1, .authzs = { P, AUTHZ_DEACTIVATED }, .status = ORDER_INVALID },
	{ .expires = NOW + 1, .authzs = { AUTHZ_REVOKED, V }, .status = ORDER_INVALID },
	{ .expires = NOW + 1, .authzs = { AUTHZ_EXPIRED, V }, .status = ORDER_INVALID },
	{ .expires = NOW, .authzs = { P, P }, .status = ORDER_INVALID },
	{ .expires = NOW, .authzs = { V, V }, .status = ORDER_INVALID },
	{ .finalizing = true, .expires = NOW + 1, .authzs = { V, V }, .status = ORDER_PROCESSING },
	{ .finalizing = true, .expires = NOW, .authzs = { V, V }, .status = ORDER_PROCESSING },
	{ .finalizing = true,
	  .failed = true,
	  .expires = NOW + 1,
	  .authzs = { V, V },
	  .status = ORDER_INVALID },
	{ .finalizing = true,
	  .certified = true,
	  .expires = NOW + 1,
	  .authzs = { V, V },
	  .status = ORDER_VALID },
	{ .finalizing = true,
	  .certified = true,
	  .expires = NOW,
	  .authzs = { AUTHZ_EXPIRED, V },
	  .status = ORDER_VALID },
};

static void test_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		const struct order_facts f = {
			.failed = orders[i].failed,
			.finalizing = orders[i].finalizing,
			.certified = orders[i].certified,
			.expires = orders[i].expires,
			.authzs = orders[i].authzs,
			.authz_count = 2,
		};

		assert_int_equal(order_status_at(&f, NOW), orders[i].status);
	}
}

static void test_expiry(void **state)
{
	static const time_t authzs[] = { 50, 40, 60 };

	(void)state;
	assert_int_equal(order_expiry(100, authzs, 3), 40);
	assert_int_equal(order_expiry(30, authzs, 3), 30);
	assert_int_equal(order_expiry(30, NULL, 0), 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_authz),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_expiry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
