#include "check.h"

#include "dns/idna.h"
#include "dns/name.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *typed, *name;
} good[] = {
	{ "example.org", "example.org" },
	{ "WWW.Example.ORG", "www.example.org" },
	{ "example.org.", "example.org" },
	{ "*.Example.org", "*.example.org" },
	{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "intranet", "intranet" },
	{ "_srv.a-b.example", "_srv.a-b.example" },
	{ "1.2.3.4.example", "1.2.3.4.example" },
	{ A63 ".test", A63 ".test" },
	{ A63 "." A63 "." A63 "." A61, A63 "." A63 "." A63 "." A61 }, /* 253 */
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(free) char *name = NULL;

		assert_done(name_canonical(&name, good[i].typed));
		assert_string_equal(name, good[i].name);
	}
}

/* RFC 1035 §2.3.4 for the lengths */
static const struct {
	const char *typed, *part;
} bad[] = {
	{ "", "an empty name" },
	{ ".", "empty label" },
	{ "..", "empty label" },
	{ "a..test", "empty label" },
	{ ".test", "empty label" },
	{ "a.test..", "empty label" },
	{ "b\xc3\xbc"
	  "cher.example",
	  "carry the form xn--bcher-kva.example" },
	{ "*.b\xc3\xbc"
	  "cher.example",
	  "carry the form *.xn--bcher-kva.example" },
	{ "\xff\xfe.example", "use its A-label" },
	{ "https://a.test/x", "leave out \"https://\"" },
	{ "http://a.test", "is a URL, not a name; leave out \"http://\"" },
	{ "a.test/x", "a name and a path" },
	{ "a.test:443", "a name and a port" },
	{ "x@a.test", "an e-mail address" },
	{ "192.0.2.1", "is an IP address" },
	{ "192.0.2.1.", "is an IP address" },
	{ "*.192.0.2.1", "is an IP address" },
	{ "2001:db8::1", "is an IP address" },
	{ "[2001:db8::1]", "is an IP address" },
	{ "a b.test", "a character that no DNS name may have" },
	{ "a\nb.test", "\"a\\x0ab.test\" has a character" },
	{ "a,b.test", "a character that no DNS name may have" },
	{ "..%2f", "empty label" },
	{ "-a.test", "begins or ends with \"-\"" },
	{ "a-.test", "begins or ends with \"-\"" },
	{ "*", "a \"*\" that is not the whole first label" },
	{ "*.", "a \"*\" that is not the whole first label" },
	{ "*.*.test", "a \"*\" that is not the whole first label" },
	{ "a.*.test", "a \"*\" that is not the whole first label" },
	{ "*a.test", "a \"*\" that is not the whole first label" },
	{ A63 "a.test", "a label of 64 characters; 63 are the most" },
	{ A63 "." A63 "." A63 "." A61 "a", "254 characters; 253 are the most" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(free) char *name = NULL;

		assert_refused(name_canonical(&name, bad[i].typed), ERR_USAGE, bad[i].part);
		assert_null(name);
	}
}

static void test_wildcards(void **state)
{
	(void)state;
	assert_true(name_is_wildcard("*.a.test"));
	assert_false(name_is_wildcard("a.test"));
	assert_string_equal(name_base("*.a.test"), "a.test");
	assert_string_equal(name_base("a.test"), "a.test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_wildcards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
