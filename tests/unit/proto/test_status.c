/* RFC 8555 §7.1.6: words and arrows of the status tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "proto/status.h"

static void names_round_trip(void **state)
{
	(void)state;
	for (int i = 0; i < ORDER_STATUS_COUNT; i++) {
		enum order_status back = ORDER_STATUS_COUNT;

		assert_null(order_status_parse(&back, order_status_name((enum order_status)i)));
		assert_int_equal(back, i);
	}
	for (int i = 0; i < AUTHZ_STATUS_COUNT; i++) {
		enum authz_status back = AUTHZ_STATUS_COUNT;

		assert_null(authz_status_parse(&back, authz_status_name((enum authz_status)i)));
		assert_int_equal(back, i);
	}
	for (int i = 0; i < CHALLENGE_STATUS_COUNT; i++) {
		enum challenge_status back = CHALLENGE_STATUS_COUNT;

		assert_null(challenge_status_parse(
			&back, challenge_status_name((enum challenge_status)i)));
		assert_int_equal(back, i);
	}
	for (int i = 0; i < ACCOUNT_STATUS_COUNT; i++) {
		enum account_status back = ACCOUNT_STATUS_COUNT;

		assert_null(
			account_status_parse(&back, account_status_name((enum account_status)i)));
		assert_int_equal(back, i);
	}
}

static void unknown_words_are_named(void **state)
{
	static const char *const words[] = { "", "Valid", "valid ", "ready\x1b[31m", "expired" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		enum order_status s = ORDER_STATUS_COUNT;
		AUTO(err_free) struct err *e = order_status_parse(&s, words[i]);

		assert_non_null(e);
		assert_int_equal(e->code, ERR_PROTOCOL);
		assert_int_equal(s, ORDER_STATUS_COUNT);
		assert_non_null(strstr(e->msg, "unknown order status"));
		assert_null(strchr(e->msg, '\x1b'));
	}
}

/* The table once more, as the drawing in RFC 8555 §7.1.6 has it: rows from, columns to. */
static void orders_move_forward_only(void **state)
{
	static const bool may[ORDER_STATUS_COUNT][ORDER_STATUS_COUNT] = {
		/* pending ready processing valid invalid */
		{ true, true, true, true, true },     { false, true, true, true, true },
		{ false, false, true, true, true },   { false, false, false, true, false },
		{ false, false, false, false, true },
	};

	(void)state;
	for (int from = 0; from < ORDER_STATUS_COUNT; from++)
		for (int to = 0; to < ORDER_STATUS_COUNT; to++)
			assert_int_equal(
				order_may_become((enum order_status)from, (enum order_status)to),
				may[from][to]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_round_trip),
		cmocka_unit_test(unknown_words_are_named),
		cmocka_unit_test(orders_move_forward_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
