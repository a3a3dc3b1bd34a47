/* Where redirects may lead (ca.md 1.4). */
#include "check.h"

#include "base/buf.h"
#include "va/redirect.h"

static struct url from;

static int setup(void **state)
{
	(void)state;
	assert_done(url_parse(&from, "http://a.example.com/.well-known/acme-challenge/t?x=1"));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	url_release(&from);
	return 0;
}

static const struct redirect_rules plain = { .http_port = 80, .https_port = 443 };

/* Location, and where it leads. */
static const struct {
	const char *location, *to;
} good[] = {
	{ "http://b.example.com/x", "http://b.example.com/x" },
	{ "HTTPS://B.Example.COM", "https://b.example.com/" },
	{ "http://b.example.com:80/x", "http://b.example.com/x" },
	{ "https://b.example.com:443/x", "https://b.example.com/x" },
	{ "https://b.example.com:80/x", "https://b.example.com:80/x" },
	{ "http://b.example.com:443/x", "http://b.example.com:443/x" },
	{ "http://b.example.com:/x", "http://b.example.com/x" },
	{ "http://b.example.com?q=1", "http://b.example.com/?q=1" },
	{ "http://b.example.com/x?q=1#f", "http://b.example.com/x?q=1" },
	{ "http://b.example.com#f", "http://b.example.com/" },
	{ "//b.example.com/x", "http://b.example.com/x" },
	{ "/x", "http://a.example.com/x" },
	{ "x", "http://a.example.com/.well-known/acme-challenge/x" },
	{ "../x/./y", "http://a.example.com/.well-known/x/y" },
	{ "?y=2", "http://a.example.com/.well-known/acme-challenge/t?y=2" },
	{ "http://b.example.com/a/../../b", "http://b.example.com/b" },
	{ "http://b.example.com/a b\"<>\\^`{|}",
	  "http://b.example.com/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D" },
	{ "http://b.example.com/\xc3\xa4", "http://b.example.com/%C3%A4" },
	{ "http://b.example.com/%2e%2E/x", "http://b.example.com/%2e%2E/x" },
	{ "http://user:secret@b.example.com/x", "http://b.example.com/x" },
	{ "http://10.0.0.1@b.example.com/x", "http://b.example.com/x" },
	{ "http://a@c@b.example.com/x", "http://b.example.com/x" },
	{ "http://8.8.8.8/x", "http://8.8.8.8/x" },
	{ "https://8.8.8.8:443/x", "https://8.8.8.8/x" },
	{ "http://[2606:4700:4700::1111]:80/x", "http://[2606:4700:4700::1111]/x" },
	{ "http://xn--bcher-kva.example.com/", "http://xn--bcher-kva.example.com/" },
};

static void allowed_targets_are_followed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(url_release) struct url to = { 0 };

		assert_done(redirect_target(&to, &plain, &from, 301, good[i].location));
		AUTO(free) char *text = url_text(&to);

		assert_string_equal(text, good[i].to);
	}
}

static const struct {
	const char *location, *part;
} bad[] = {
	{ "ftp://b.example.com/x", "Invalid protocol scheme in redirect target" },
	{ "file:///etc/passwd", "not \"file\"" },
	{ "javascript:alert(1)", "Invalid protocol scheme" },
	{ "b.example.com:80/x", "Invalid protocol scheme" },
	{ "http://b.example.com:1987/x", "Only ports 80 and 443 are supported, not 1987" },
	{ "http://b.example.com:0/x", "not 0" },
	{ "http://b.example.com:65616/x", "not 65616" }, /* 80 modulo 65536 */
	{ "http://b.example.com:99999999999999999999/x", "not 99999999999999999999" },
	{ "ftp://b.example.com:21/x", "Invalid protocol scheme" },
	{ "https:///path", "Invalid empty host in redirect target" },
	{ "http:/path", "Invalid empty host" },
	{ "http:path", "Invalid empty host" },
	{ "http://:80/path", "Invalid empty host" },
	{ "http://user@/path", "Invalid empty host" },
	{ "http://b.example.com.well-known/acme-challenge/t", "missing '/' in redirect target" },
	{ "http://b.example.COM.WELL-KNOWN/x", "missing '/' in redirect target" },
	{ "http://[fe80::1%25eth0]/x", "contains scope zone" },
	{ "http://[2606:4700:4700::1111%251]/x", "contains scope zone" },
	{ "http://10.10.10.10/x", "reserved address block: [RFC1918]: Private-Use" },
	{ "http://127.0.0.1/x", "[RFC1122]: Loopback" },
	{ "http://169.254.169.254/latest", "[RFC3927]: Link Local" },
	{ "http://[::1]/x", "reserved address block" },
	{ "http://[::]/x", "reserved address block" },
	{ "http://[::ffff:8.8.8.8]/x", "IPv4-mapped" },
	{ "http://[::ffff:7f00:1]/x", "IPv4-mapped" },
	{ "http://[64:ff9b::7f00:1]/x", "reserved address block" },
	{ "http://[2002:7f00:1::]/x", "reserved address block" },
	{ "http://[fd00:ec2::254]/x", "metadata" },
	{ "http://224.0.0.1/x", "Multicast" },
	{ "http://[ff02::1]/x", "Multicast" },
	/* forms that resolvers of the C library take for addresses */
	{ "http://127.1/x", "must end in IANA registered TLD" },
	{ "http://2130706433/x", "must end in IANA registered TLD" },
	{ "http://0x7f000001/x", "must end in IANA registered TLD" },
	{ "http://0177.0.0.1/x", "must end in IANA registered TLD" },
	{ "http://127.0.0.1./x", "must end in IANA registered TLD" },
	{ "http://10.10.10.*/x", "must end in IANA registered TLD" },
	{ "http://localhost/x", "must end in IANA registered TLD" },
	{ "http://host.internal/x", "must end in IANA registered TLD" },
	{ "http://b.example.invalid/x", "must end in IANA registered TLD" },
	{ "http://facebookcorewwwi.onion/x", "must end in IANA registered TLD" },
	{ "http://b.example.com./x", "must end in IANA registered TLD" },
	{ "http://b..example.com/x", "must end in IANA registered TLD" },
	{ "http://.example.com/x", "must end in IANA registered TLD" },
	{ "http://b%2eexample.com/x", "must end in IANA registered TLD" },
	{ "http://b\xc3\xa4.example.com/x", "must end in IANA registered TLD" },
	{ "http://good.com\\.b.example.com/x", "must end in IANA registered TLD" },
	{ "http://[8.8.8.8]/x", "no IPv6 address" },
	{ "http://[b.example.com]/x", "no IPv6 address" },
	{ "http://good.com\\@b.example.com/x", "no usable URL" },
	{ "http://[::1/x", "no usable URL" },
	{ "http://[::1]x/", "no usable URL" },
	{ "http://b.example.com:8o/", "no usable URL" },
	{ "http://b.example.com:-80/", "no usable URL" },
	{ "http://b.example.com:80:80/", "must end in IANA registered TLD" },
	{ "http://b.example.com/\tx", "no usable URL" },
};

static void others_are_refused_by_their_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(url_release) struct url to = { 0 };
		AUTO(err_free)
		struct err *e = redirect_target(&to, &plain, &from, 301, bad[i].location);

		if (e == NULL)
			fail_msg("%s was allowed", bad[i].location);
		assert_true(err_has_type(e, "connection"));
		if (strstr(e->detail, bad[i].part) == NULL)
			fail_msg("%s: \"%s\", expected \"%s\"", bad[i].location, e->detail,
				 bad[i].part);
	}
}

static char *long_location(size_t path, const char *unit, size_t query)
{
	struct buf b = BUF_INIT(64 * 1024);

	buf_adds(&b, "http://b.example.com/");
	for (size_t i = 1; i < path; i++)
		buf_adds(&b, unit);
	buf_addc(&b, '?');
	for (size_t i = 0; i < query; i++)
		buf_addc(&b, 'q');
	return buf_detach(&b);
}

static void paths_have_a_ceiling_queries_have_not(void **state)
{
	(void)state;
	static const struct {
		size_t path;
		const char *unit;
		bool good;
	} rows[] = { { 2000, "p", true },
		     { 2001, "p", false },
		     { 2000, "%41", true },
		     { 2001, "%41", false } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *location = long_location(rows[i].path, rows[i].unit, 5000);
		AUTO(url_release) struct url to = { 0 };
		AUTO(err_free) struct err *e = redirect_target(&to, &plain, &from, 301, location);

		assert_int_equal(e == NULL, rows[i].good);
		if (e != NULL)
			assert_non_null(strstr(e->detail, "Redirect target too long"));
	}
}

static void switches_change_what_is_allowed(void **state)
{
	(void)state;
	const struct redirect_rules old = { .http_port = 80, .https_port = 443, .no_ip = true };
	const struct redirect_rules lab = { .http_port = 5002,
					    .https_port = 5003,
					    .any_name = true };
	AUTO(url_release) struct url to = { 0 };
	AUTO(url_release) struct url there = { 0 };

	assert_refused(redirect_target(&to, &old, &from, 301, "http://8.8.8.8/x"), ERR_PROBLEM,
		       "Only domain names are supported, not IP addresses");
	assert_done(redirect_target(&to, &lab, &from, 302, "https://host.internal/x"));
	assert_int_equal(redirect_port(&lab, &to), 5003);
	assert_done(redirect_target(&there, &lab, &to, 302, "http://other:5002/x"));
	assert_int_equal(redirect_port(&lab, &there), 5002);
	assert_int_equal(redirect_port(&lab, &from), 5002);
}

/* A host that could be asked once may be asked again. */
static void the_same_host_is_not_judged_anew(void **state)
{
	(void)state;
	AUTO(url_release) struct url inside = { 0 };
	AUTO(url_release) struct url to = { 0 };

	assert_done(url_parse(&inside, "http://host.lan/t"));
	assert_done(redirect_target(&to, &plain, &inside, 301, "https://host.lan/t"));
	assert_string_equal(to.scheme, "https");
}

static void statuses(void **state)
{
	(void)state;
	static const int redirects[] = { 301, 302, 303, 307, 308 };
	static const int others[] = { 200, 300, 304, 305, 306, 404 };
	AUTO(url_release) struct url to = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(redirects); i++)
		assert_true(redirect_is(redirects[i], "/x") && !redirect_is(redirects[i], NULL) &&
			    !redirect_is(redirects[i], ""));
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(redirect_is(others[i], "/x"));
	assert_refused(redirect_target(&to, &plain, &from, 303, "ftp:x"), ERR_PROBLEM,
		       "received disallowed redirect status code");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allowed_targets_are_followed),
		cmocka_unit_test(others_are_refused_by_their_reason),
		cmocka_unit_test(paths_have_a_ceiling_queries_have_not),
		cmocka_unit_test(switches_change_what_is_allowed),
		cmocka_unit_test(the_same_host_is_not_judged_anew),
		cmocka_unit_test(statuses),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
