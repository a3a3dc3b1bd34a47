/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "net/url.h"

static const struct {
	const char *text, *scheme, *host;
	unsigned port;
	const char *target, *authority;
} good[] = {
	{ "http://a", "http", "a", 80, "/", "a" },
	{ "HTTPS://Ca.Test/Dir", "https", "ca.test", 443, "/Dir", "ca.test" },
	{ "https://ca.test:14000/dir?a=b/?", "https", "ca.test", 14000, "/dir?a=b/?",
	  "ca.test:14000" },
	{ "https://ca.test:443/", "https", "ca.test", 443, "/", "ca.test" },
	{ "https://ca.test?x", "https", "ca.test", 443, "/?x", "ca.test" },
	{ "http://127.0.0.1:1/%2F%aF", "http", "127.0.0.1", 1, "/%2F%aF", "127.0.0.1:1" },
	{ "http://[::1]:8080/a", "http", "::1", 8080, "/a", "[::1]:8080" },
	{ "http://[2001:DB8::1]/", "http", "2001:db8::1", 80, "/", "[2001:db8::1]" },
	{ "http://xn--bcher-kva.example/", "http", "xn--bcher-kva.example", 80, "/",
	  "xn--bcher-kva.example" },
	{ "http://_a.b_c/", "http", "_a.b_c", 80, "/", "_a.b_c" },
	{ "http://a:65535//b//", "http", "a", 65535, "//b//", "a:65535" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(url_release) struct url u = { 0 };

		assert_null(url_parse(&u, good[i].text));
		AUTO(free) char *authority = url_authority(&u);

		assert_string_equal(u.scheme, good[i].scheme);
		assert_string_equal(u.host, good[i].host);
		assert_int_equal(u.port, good[i].port);
		assert_string_equal(u.target, good[i].target);
		assert_string_equal(authority, good[i].authority);
		assert_null(u.user);
	}
}

static const char *const bad[] = {
	"",
	"a",
	"/a",
	"ftp://a/",
	"://a/",
	"http:a",
	"http:/a",
	"http://",
	"http:///a",
	"http://:80/",
	"http://a:/",
	"http://a:0/",
	"http://a:65536/",
	"http://a:-1/",
	"http://a:+1/",
	"http://a:1 /",
	"http://a b/",
	"http://a/ b",
	"http://a/\r\nX: y",
	"http://a/\x7f",
	"http://a/\xc3\xa4",
	"http://\xc3\xa4/",
	"http://a/%",
	"http://a/%4",
	"http://a/%4g",
	"http://a/%g4",
	"http://a/#x",
	"http://a/<x>",
	"http://a/\"",
	"http://a/\\",
	"http://u@a/",
	"http://u:p@a/",
	"http://a@b@c/",
	"http://[::1/",
	"http://[::1]x/",
	"http://[::1]:/",
	"http://[fe80::1%25eth0]/",
	"http://[127.0.0.1]/",
	"http://[a]/",
	"http://::1/",
	"http://127.1/",
	"http://2130706433/",
	"http://0x7f000001/",
	"http://127.0.0.256/",
	"http://a..b/",
	"http://.a/",
	"http://a./",
	"http://a,b/",
	"http://0123456789012345678901234567890123456789012345678901234567890123/",
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct url u = { 0 };
		AUTO(err_free) struct err *e = url_parse(&u, bad[i]);

		if (e == NULL)
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_int_equal(e->code, ERR_PARSE);
		assert_null(u.host);
		assert_null(strpbrk(e->msg, "\r\n"));
	}
}

static void test_too_long(void **state)
{
	char text[LIMIT_URL + 2];
	AUTO(url_release) struct url u = { 0 };

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://a/", 9);
	text[LIMIT_URL] = '\0';
	assert_null(url_parse(&u, text));
	url_release(&u);
	text[LIMIT_URL] = 'a';
	text[LIMIT_URL + 1] = '\0';
	AUTO(err_free) struct err *e = url_parse(&u, text);

	assert_non_null(e);
	assert_int_equal(e->code, ERR_LIMIT);
}

static const struct {
	const char *text, *scheme, *host;
	unsigned port;
	const char *user, *password;
} proxies[] = {
	{ "proxy:3128", "http", "proxy", 3128, NULL, NULL },
	{ "http://proxy", "http", "proxy", 80, NULL, NULL },
	{ "http://u@proxy:1/", "http", "proxy", 1, "u", "" },
	{ "http://u:p%40%3a@proxy:1", "http", "proxy", 1, "u", "p@:" },
	{ "u:p:q@[::1]:3128", "http", "::1", 3128, "u", "p:q" },
};

static void test_proxies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(proxies); i++) {
		AUTO(url_release) struct url u = { 0 };

		assert_null(url_parse_proxy(&u, proxies[i].text));
		assert_string_equal(u.scheme, proxies[i].scheme);
		assert_string_equal(u.host, proxies[i].host);
		assert_int_equal(u.port, proxies[i].port);
		assert_true((u.user == NULL) == (proxies[i].user == NULL));
		if (u.user != NULL) {
			assert_string_equal(u.user, proxies[i].user);
			assert_string_equal(u.password, proxies[i].password);
		}
	}
}

static void test_proxy_secret_is_not_shown(void **state)
{
	struct url u = { 0 };
	AUTO(err_free) struct err *e = url_parse_proxy(&u, "http://user:hunter2@pro xy/");

	(void)state;
	assert_non_null(e);
	assert_null(strstr(e->msg, "hunter2"));
	AUTO(err_free) struct err *escape = url_parse_proxy(&u, "http://user:%00@proxy/");

	assert_non_null(escape);
}

/* RFC 3986 §5.4, as far as references of http URLs go */
static const struct {
	const char *reference, *text;
} resolved[] = {
	{ "g", "http://a/b/c/g" },
	{ "./g", "http://a/b/c/g" },
	{ "g/", "http://a/b/c/g/" },
	{ "/g", "http://a/g" },
	{ "//g", "http://g/" },
	{ "?y", "http://a/b/c/d;p?y" },
	{ "g?y", "http://a/b/c/g?y" },
	{ "#s", "http://a/b/c/d;p?q" },
	{ "g#s", "http://a/b/c/g" },
	{ "g?y#s", "http://a/b/c/g?y" },
	{ ";x", "http://a/b/c/;x" },
	{ "", "http://a/b/c/d;p?q" },
	{ ".", "http://a/b/c/" },
	{ "./", "http://a/b/c/" },
	{ "..", "http://a/b/" },
	{ "../g", "http://a/b/g" },
	{ "../..", "http://a/" },
	{ "../../../../g", "http://a/g" },
	{ "/./g", "http://a/g" },
	{ "/../g", "http://a/g" },
	{ "g.", "http://a/b/c/g." },
	{ "..g", "http://a/b/c/..g" },
	{ "./../g", "http://a/b/g" },
	{ "g/./h", "http://a/b/c/g/h" },
	{ "g/../h", "http://a/b/c/h" },
	{ "g?y/../x", "http://a/b/c/g?y/../x" },
	{ "https://B:8443/x", "https://b:8443/x" },
	{ "mailto:x", NULL },
	{ "g h", NULL },
	{ "//u@g", NULL },
};

static void test_resolve(void **state)
{
	AUTO(url_release) struct url base = { 0 };

	(void)state;
	assert_null(url_parse(&base, "http://a/b/c/d;p?q"));
	for (size_t i = 0; i < ARRAY_LEN(resolved); i++) {
		AUTO(url_release) struct url u = { 0 };
		AUTO(err_free) struct err *e = url_resolve(&u, &base, resolved[i].reference);

		if (resolved[i].text == NULL) {
			assert_non_null(e);
			continue;
		}
		assert_null(e);
		AUTO(free) char *text = url_text(&u);

		assert_string_equal(text, resolved[i].text);
	}
}

static void test_same_origin(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "http://a/x", "http://A:80/y", true },  { "http://a/", "https://a/", false },
		{ "http://a/", "http://a:81/", false },   { "http://a/", "http://b/", false },
		{ "http://a:443/", "https://a/", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(url_release) struct url a = { 0 };
		AUTO(url_release) struct url b = { 0 };

		assert_null(url_parse(&a, rows[i].a));
		assert_null(url_parse(&b, rows[i].b));
		assert_int_equal(url_same_origin(&a, &b), rows[i].same);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_proxies),
		cmocka_unit_test(test_proxy_secret_is_not_shown),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_same_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
