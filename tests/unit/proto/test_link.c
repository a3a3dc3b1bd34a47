/* RFC 8555 §6.1: https everywhere, and only URLs that we would send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/str.h"
#include "proto/link.h"

static void good_and_bad(void **state)
{
	static const struct {
		const char *base, *url;
		bool ok;
	} rows[] = {
		{ "https://ca.example/dir", "https://ca.example/order/1", true },
		{ "https://ca.example/dir", "https://other.example:8443/x?y=1", true },
		{ "https://ca.example/dir", "http://ca.example/order/1", false },
		{ "HTTPS://ca.example/dir", "http://ca.example/order/1", false },
		{ "https://ca.example/dir", "Https://ca.example/order/1", true },
		{ "http://ca.example/dir", "http://ca.example/order/1", true },
		{ "http://ca.example/dir", "https://ca.example/order/1", true },
		{ "https://ca.example/dir", "/order/1", false },
		{ "https://ca.example/dir", "", false },
		{ "https://ca.example/dir", "ftp://ca.example/", false },
		{ "https://ca.example/dir", "file:///etc/passwd", false },
		{ "https://ca.example/dir", "https://ca.example/a b", false },
		{ "https://ca.example/dir", "https://ca.example/\r\nX: y", false },
		{ "https://ca.example/dir", "https://user@ca.example/", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(err_free) struct err *e = link_check(rows[i].base, rows[i].url, "order");

		assert_int_equal(e == NULL, rows[i].ok);
		if (e == NULL)
			continue;
		assert_int_equal(e->code, ERR_PROTOCOL);
		assert_non_null(strstr(e->msg, "order URL"));
		assert_null(strchr(e->msg, '\r'));
	}
}

static void too_long(void **state)
{
	char url[LIMIT_URL + 2];

	(void)state;
	memset(url, 'a', sizeof(url));
	memcpy(url, "https://", 8);
	url[sizeof(url) - 1] = '\0';
	AUTO(err_free) struct err *e = link_check("https://ca.example/", url, "order");
	assert_non_null(e);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_and_bad),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
