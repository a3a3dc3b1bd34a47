#include "check.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

static void test_rfc3339(void **state)
{
	static const struct {
		const char *text;
		time_t t;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-21T23:09:46Z", 1795302586 },
		{ "2026-11-21t23:09:46z", 1795302586 },
		{ "2026-11-21T23:09:46.123456789Z", 1795302586 },
		{ "2026-11-22T00:39:46+01:30", 1795302586 },
		{ "2026-11-21T18:09:46-05:00", 1795302586 },
		{ "2000-02-29T00:00:00Z", 951782400 },
		{ "2016-12-31T23:59:60Z", 1483228800 }, /* a leap second */
		{ "0001-01-01T00:00:00Z", -62135596800 },
		{ "9999-12-31T23:59:59Z", 253402300799 },
	};
	static const char *const bad[] = {
		"",
		"2026-11-21",
		"2026-11-21 23:09:46Z",
		"2026-11-21T23:09:46",
		"2026-11-21T23:09:46.Z",
		"2026-11-21T23:09:46Zx",
		"2026-11-21T23:09:46+0100",
		"2026-11-21T23:09:46+24:00",
		"2026-13-21T23:09:46Z",
		"2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"0000-01-01T00:00:00Z",
		"2026-11-21T24:00:00Z",
		"2026-11-21T23:60:00Z",
		"2026-11-21T23:09:61Z",
		"-026-11-21T23:09:46Z",
		"2026-1-21T23:09:46Z",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		time_t t = 1;

		assert_true(time_parse_rfc3339(good[i].text, &t));
		assert_int_equal(t, good[i].t);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		time_t t = 1;

		if (time_parse_rfc3339(bad[i], &t) || t != 1)
			fail_msg("accepted: %s", bad[i]);
	}
}

/* RFC 9110 §5.6.7: a recipient MUST accept all three forms. */
static void test_http_dates(void **state)
{
	static const char *const good[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
	};
	static const char *const bad[] = {
		"",
		"120",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Foo, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun Nov 6 08:49:37 1994",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		time_t t = 0;

		assert_true(time_parse_http_date(good[i], &t));
		assert_int_equal(t, 784111777);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		time_t t = 1;

		if (time_parse_http_date(bad[i], &t) || t != 1)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void test_texts(void **state)
{
	AUTO(free) char *rfc = time_rfc3339(1795302586);
	AUTO(free) char *http = time_http_date(784111777);
	AUTO(free) char *day = time_utc_day(1802992225);
	AUTO(free) char *utc = time_utc_long(1802992225);

	(void)state;
	assert_string_equal(rfc, "2026-11-21T23:09:46Z");
	assert_string_equal(http, "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_string_equal(day, "2027-02-18");
	assert_string_equal(utc, "2027-02-18 23:10:25+00:00");
}

static void test_local_time(void **state)
{
	time_t t = 0;

	(void)state;
	assert_int_equal(setenv("TZ", "XYZ-2", 1), 0); /* two hours east */
	tzset();
	AUTO(free) char *text = time_local_iso(1795302586);

	assert_string_equal(text, "2026-11-22T01:09:46");
	assert_true(time_parse_local_iso(text, &t));
	assert_int_equal(t, 1795302586);
	assert_true(time_parse_local_iso("2026-11-22T01:09:46.5", &t));
	assert_false(time_parse_local_iso("2026-11-22T01:09:46Z", &t));
	assert_false(time_parse_local_iso("2026-11-22 01:09:46", &t));
}

static void test_from_utc(void **state)
{
	(void)state;
	assert_int_equal(time_from_utc(1970, 1, 1, 0), 0);
	assert_int_equal(time_from_utc(2026, 11, 21, 83386), 1795302586);
	for (int year = 1; year < 9999; year++) {
		int64_t days = (time_from_utc(year + 1, 1, 1, 0) - time_from_utc(year, 1, 1, 0)) /
			       86400;
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		assert_int_equal(days, leap ? 366 : 365);
	}
}

static void test_system_clock_moves(void **state)
{
	int64_t before = system_clock.monotonic_ms(&system_clock);

	(void)state;
	assert_done(system_clock.sleep_ms(&system_clock, 20, NULL));
	assert_true(system_clock.monotonic_ms(&system_clock) - before >= 20);
	assert_done(system_clock.sleep_ms(&system_clock, 0, NULL));
	assert_done(system_clock.sleep_ms(&system_clock, -5, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc3339),  cmocka_unit_test(test_http_dates),
		cmocka_unit_test(test_texts),    cmocka_unit_test(test_local_time),
		cmocka_unit_test(test_from_utc), cmocka_unit_test(test_system_clock_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
