/* What our URLs begin with: RFC 8555 §7.1.1 wants them whole; RFC 9112 §3.2. */
#include "check.h"

#include <arpa/inet.h>

#include "ca/http/base_url.h"
#include "ca/http/forwarded.h"

static const struct {
	const char *target, *host, *proto;
	bool tls, trust;
	const char *url;  /* configured */
	const char *base; /* NULL: malformed */
} rows[] = {
	{ "/directory", "ca.test", NULL, false, false, NULL, "http://ca.test" },
	{ "/directory", "ca.test:8443", NULL, true, false, NULL, "https://ca.test:8443" },
	{ "/directory", "[::1]:14000", NULL, true, false, NULL, "https://[::1]:14000" },
	{ "/directory", "ca.test", "https", false, false, NULL, "http://ca.test" },
	{ "/directory", "ca.test", "https", false, true, NULL, "https://ca.test" },
	{ "/directory", "ca.test", "https, http", false, true, NULL, "https://ca.test" },
	{ "/directory", "ca.test", "gopher", true, true, NULL, "http://ca.test" },
	{ "/directory", "ca.test", NULL, true, true, NULL, "https://ca.test" },
	{ "http://other.test/directory", "ca.test", NULL, false, false, NULL, "http://other.test" },
	{ "/directory", "evil.test", NULL, false, false, "https://ca.test", "https://ca.test" },
	{ "/directory", "", NULL, false, false, NULL, NULL },
	{ "/directory", NULL, NULL, false, false, NULL, NULL },
	{ "/directory", "a/b", NULL, false, false, NULL, NULL },
	{ "/directory", "a@b", NULL, false, false, NULL, NULL },
	{ "/directory", "a b", NULL, false, false, NULL, NULL },
	{ "/directory", "a\"b", NULL, false, false, NULL, NULL },
	{ "/directory", "a/b", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", "", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", NULL, NULL, false, false, "https://ca.test", NULL },
	{ "/directory", "a:b", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", "a:65536", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", "a:1:2", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", ":1", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", "[::1", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", "[::x]", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", "[::1]1", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", "::1", NULL, false, false, "https://ca.test", NULL },
	{ "/directory", "[::1]:1", NULL, false, false, "https://ca.test", "https://ca.test" },
	{ "/directory", "127.0.0.1:", NULL, false, false, "https://ca.test", "https://ca.test" },
	{ "http://a b/directory", "ca.test", NULL, false, false, "https://ca.test",
	  "https://ca.test" },
};

static void test_base(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(http_message_release) struct http_message m = { 0 };
		AUTO(free) char *base = NULL;
		AUTO(free) char *url = rows[i].url != NULL ? xstrdup(rows[i].url) : NULL;
		const struct server_config c = { .url = url, .trust_forwarded = rows[i].trust };

		m.target = xstrdup(rows[i].target);
		m.minor_version = 1;
		if (rows[i].host != NULL)
			http_headers_add(&m.headers, "Host", rows[i].host);
		if (rows[i].proto != NULL)
			http_headers_add(&m.headers, "X-Forwarded-Proto", rows[i].proto);
		AUTO(err_free) struct err *e = base_url_of(&base, &c, &m, rows[i].tls);

		if (rows[i].base == NULL && !err_has_type(e, "malformed"))
			fail_msg("row %zu is taken", i);
		if (rows[i].base != NULL) {
			assert_null(e);
			assert_string_equal(base, rows[i].base);
		}
	}
}

/* RFC 9112 §3.2: HTTP/1.0 needs none where the configuration says who we are. */
static void test_hosts(void **state)
{
	static char url[] = "https://ca.test";
	const struct server_config c = { .url = url };
	AUTO(http_message_release) struct http_message m = { .target = xstrdup("/directory") };
	AUTO(free) char *base = NULL;

	(void)state;
	assert_done(base_url_of(&base, &c, &m, false));
	m.minor_version = 1;
	assert_refused(base_url_of(&base, &c, &m, false), ERR_PROBLEM, "no usable host");
}

static const struct {
	const char *values[2];
	const char *peer;
} forwards[] = {
	{ { NULL }, "127.0.0.1" },
	{ { "192.0.2.7" }, "192.0.2.7" },
	{ { "2001:db8::7" }, "2001:db8::7" },
	{ { "198.51.100.1, 192.0.2.7" }, "192.0.2.7" },
	{ { "198.51.100.1", "192.0.2.7" }, "192.0.2.7" },
	{ { "192.0.2.7, unknown" }, "127.0.0.1" },
	{ { "192.0.2.7:80" }, "127.0.0.1" },
	{ { "" }, "127.0.0.1" },
};

static void test_forwarded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forwards); i++) {
		AUTO(http_headers_release) struct http_headers h = { 0 };
		struct sockaddr_in in = { .sin_family = AF_INET };
		struct address peer = { .len = sizeof(in) };

		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		memcpy(&peer.addr, &in, sizeof(in));
		for (size_t k = 0; k < 2 && forwards[i].values[k] != NULL; k++)
			http_headers_add(&h, "X-Forwarded-For", forwards[i].values[k]);
		forwarded_peer(&peer, &h);
		AUTO(free) char *text = address_text(&peer);

		assert_string_equal(text, forwards[i].peer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_forwarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
