/* Rate limits: ca.md 5.12; Retry-After: RFC 8555 §6.6. */
#include "check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

#include "ca/policy/limiter.h"
#include "ca/policy/tally.h"

enum { ACCOUNT = 7, HOUR_MS = 3600 * 1000 };

static const int64_t start_ms = 1700000000000;

static struct ca_config config_of(void)
{
	return (struct ca_config){
		.limits = {
			.on = true,
			.accounts_per_address = { 2, 3600 },
			.accounts_per_network = { 3, 3600 },
			.orders_per_account = { 3, 3600 },
			.certificates_per_domain = { 2, 3600 },
			.certificates_per_set = { 1, 3600 },
			.failures_per_name = { 2, 3600 },
			.pause_after = 4,
		},
	};
}

static struct limiter *made(const struct ca_config *c)
{
	struct limiter *l = NULL;

	assert_done(limiter_new(&l, c, NULL));
	return l;
}

static void assert_limited(struct err *e, const char *part, unsigned wait_s)
{
	AUTO(err_free) struct err *taken = e;

	if (e == NULL)
		fail_msg("not limited: %s", part);
	assert_true(err_has_type(e, "rateLimited"));
	assert_int_equal(e->http_status, 429);
	if (strstr(e->detail, part) == NULL)
		fail_msg("\"%s\" without \"%s\"", e->detail, part);
	assert_in_range(e->retry_after_s, wait_s, wait_s + wait_s * 3 / 100 + 1);
}

static struct address v4(const char *text)
{
	struct address a = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in in = { .sin_family = AF_INET };

	assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
	memcpy(&a.addr, &in, sizeof(in));
	return a;
}

static struct address v6(const char *text)
{
	struct address a = { .len = sizeof(struct sockaddr_in6) };
	struct sockaddr_in6 in = { .sin6_family = AF_INET6 };

	assert_int_equal(inet_pton(AF_INET6, text, &in.sin6_addr), 1);
	memcpy(&a.addr, &in, sizeof(in));
	return a;
}

static struct idents names(const char *text)
{
	struct idents l = { 0 };
	AUTO(strlist_release) struct strlist all = { 0 };

	strlist_split(&all, text, ' ');
	for (size_t i = 0; i < all.count; i++)
		idents_add(&l, strchr(all.items[i], ':') != NULL ? IDENT_IP : IDENT_DNS,
			   all.items[i]);
	return l;
}

static struct err *order(struct limiter *l, const char *text, enum renewal renewal, int64_t now_ms)
{
	AUTO(idents_release) struct idents idents = names(text);

	return limiter_new_order(l, ACCOUNT, &idents, renewal, now_ms);
}

static void issued(struct limiter *l, const char *text, enum renewal renewal)
{
	AUTO(idents_release) struct idents idents = names(text);

	limiter_issued(l, &idents, renewal, start_ms);
}

static void test_off(void **state)
{
	struct ca_config c = config_of();
	struct address a = v4("192.0.2.1");

	(void)state;
	c.limits.on = false;
	AUTO(limiter_free) struct limiter *l = made(&c);

	for (int i = 0; i < 10; i++)
		assert_done(limiter_new_account(l, &a, start_ms));
}

/* A bucket fills while time goes by, one each period / count. */
static void test_accounts(void **state)
{
	const struct ca_config c = config_of();
	AUTO(limiter_free) struct limiter *l = made(&c);
	struct address a = v4("192.0.2.1");
	struct address b = v4("192.0.2.2");

	(void)state;
	assert_done(limiter_new_account(l, &a, start_ms));
	assert_done(limiter_new_account(l, &a, start_ms));
	assert_limited(limiter_new_account(l, &a, start_ms),
		       "too many new registrations (2) from this IP address in the last 1h0m0s, "
		       "retry after 2023-11-14 22:43:20 UTC",
		       1800);
	assert_done(limiter_new_account(l, &b, start_ms));
	assert_limited(limiter_new_account(l, &a, start_ms + HOUR_MS / 2 - 1), "registrations", 1);
	assert_done(limiter_new_account(l, &a, start_ms + HOUR_MS / 2));
}

/* A configuration that is read again does not forget. */
static void test_renewed(void **state)
{
	const struct ca_config c = config_of();
	const struct ca_config later = config_of();
	struct limiter *old = made(&c);
	AUTO(limiter_free) struct limiter *l = NULL;
	struct address a = v4("192.0.2.1");

	(void)state;
	assert_done(limiter_new_account(old, &a, start_ms));
	assert_done(limiter_new(&l, &later, old));
	assert_done(limiter_new_account(l, &a, start_ms));
	assert_limited(limiter_new_account(old, &a, start_ms), "registrations", 1800);
	limiter_free(old);
	assert_limited(limiter_new_account(l, &a, start_ms), "registrations", 1800);
}

/* What one bucket refuses costs nothing in another. */
static void test_network(void **state)
{
	const struct ca_config c = config_of();
	AUTO(limiter_free) struct limiter *l = made(&c);
	struct address first = v6("2001:db8:1::1");
	struct address second = v6("2001:db8:1:ffff::2");
	struct address other = v6("2001:db8:2::1");

	(void)state;
	assert_done(limiter_new_account(l, &first, start_ms));
	assert_done(limiter_new_account(l, &first, start_ms));
	assert_limited(limiter_new_account(l, &first, start_ms), "from this IP address", 1800);
	assert_done(limiter_new_account(l, &second, start_ms));
	assert_limited(limiter_new_account(l, &second, start_ms), "from this IPv6 network", 1200);
	assert_done(limiter_new_account(l, &other, start_ms));
}

/* What is IPv4 shares no network, and is one address by whatever socket it came. */
static void test_mapped(void **state)
{
	const struct ca_config c = config_of();
	AUTO(limiter_free) struct limiter *l = made(&c);
	struct address plain = v4("192.0.2.1");
	struct address mapped = v6("::ffff:192.0.2.1");

	(void)state;
	assert_done(limiter_new_account(l, &plain, start_ms));
	assert_done(limiter_new_account(l, &mapped, start_ms));
	assert_limited(limiter_new_account(l, &plain, start_ms), "from this IP address", 1800);
	for (int i = 2; i < 9; i++) {
		AUTO(free) char *text = str_fmt("::ffff:192.0.2.%d", i);
		struct address other = v6(text);

		assert_done(limiter_new_account(l, &other, start_ms));
	}
}

static void test_orders(void **state)
{
	const struct ca_config c = config_of();
	AUTO(limiter_free) struct limiter *l = made(&c);

	(void)state;
	assert_done(order(l, "a.test", RENEWAL_NONE, start_ms));
	assert_done(order(l, "b.test", RENEWAL_NONE, start_ms));
	assert_done(order(l, "c.test", RENEWAL_NONE, start_ms));
	assert_limited(order(l, "d.test", RENEWAL_NONE, start_ms),
		       "too many new orders (3) from this account", 1200);
	assert_done(order(l, "d.test", RENEWAL_TIMELY,
			  start_ms)); /* RFC 9773: a renewal in its window */
	limiter_refund_order(l, ACCOUNT, RENEWAL_NONE);
	assert_done(order(l, "d.test", RENEWAL_NONE, start_ms));
}

static void test_certificates(void **state)
{
	const struct ca_config c = config_of();
	AUTO(limiter_free) struct limiter *l = made(&c);

	(void)state;
	issued(l, "www.example.co.uk example.co.uk", RENEWAL_NONE);
	assert_limited(order(l, "example.co.uk www.example.co.uk", RENEWAL_NONE, start_ms),
		       "for this exact set of identifiers", 3600);
	issued(l, "mail.example.co.uk", RENEWAL_NONE);
	assert_done(order(l, "web.example.co.uk", RENEWAL_SAME_NAMES, start_ms));
	assert_limited(order(l, "example.co.uk www.example.co.uk", RENEWAL_SAME_NAMES, start_ms),
		       "for this exact set of identifiers", 3600);
	assert_limited(order(l, "*.example.co.uk", RENEWAL_NONE, start_ms), "for \"example.co.uk\"",
		       1800);
	assert_done(order(l, "example.org", RENEWAL_NONE, start_ms));
	issued(l, "2001:db8::1", RENEWAL_NONE);
	issued(l, "2001:db8::2", RENEWAL_NONE);
	assert_limited(order(l, "2001:db8::3", RENEWAL_NONE, start_ms), "for \"2001:db8::\"", 1800);
	assert_done(order(l, "2001:db8:0:1::3", RENEWAL_NONE, start_ms));
}

static void test_failures(void **state)
{
	const struct ca_config c = config_of();
	AUTO(limiter_free) struct limiter *l = made(&c);
	const struct ident name = { IDENT_DNS, (char[]){ "a.test" } };

	(void)state;
	limiter_judged(l, ACCOUNT, &name, false, start_ms);
	assert_done(order(l, "a.test", RENEWAL_NONE, start_ms));
	limiter_judged(l, ACCOUNT, &name, false, start_ms);
	assert_limited(order(l, "*.a.test", RENEWAL_NONE, start_ms),
		       "too many failed authorizations (2) for \"a.test\"", 1800);
	assert_done(order(l, "b.test", RENEWAL_NONE, start_ms));
	limiter_judged(l, ACCOUNT, &name, false, start_ms);
	limiter_judged(l, ACCOUNT, &name, false, start_ms);
	assert_limited(order(l, "a.test", RENEWAL_TIMELY, start_ms + 100 * (int64_t)HOUR_MS),
		       "is paused", 0);
	limiter_judged(l, ACCOUNT, &name, true, start_ms);
	assert_done(order(l, "a.test", RENEWAL_NONE, start_ms + 100 * (int64_t)HOUR_MS));
}

/* So many in a second from one address, for each endpoint alone; the answer of Let's Encrypt's front. */
static void test_requests(void **state)
{
	struct ca_config c = config_of();
	struct address a = v4("192.0.2.1");
	struct address b = v4("192.0.2.2");

	(void)state;
	c.limits.requests_new_nonce = (struct rate){ 2, 1 };
	c.limits.requests_other = (struct rate){ 1, 60 };
	AUTO(limiter_free) struct limiter *l = made(&c);

	assert_done(limiter_request(l, "/acme/new-nonce", &a, start_ms));
	assert_done(limiter_request(l, "/acme/new-nonce", &a, start_ms));
	AUTO(err_free) struct err *e = limiter_request(l, "/acme/new-nonce", &a, start_ms);

	assert_true(e != NULL && err_has_type(e, "rateLimited"));
	assert_string_equal(e->detail, "Service busy; retry later.");
	assert_int_equal(e->http_status, 503);
	assert_int_equal(e->retry_after_s, 1);
	assert_done(limiter_request(l, "/acme/new-nonce", &b, start_ms));
	assert_done(limiter_request(l, "/acme/new-nonce", &a, start_ms + 500));
	assert_done(limiter_request(l, "/acme/order/1/2", &a, start_ms));
	AUTO(err_free) struct err *other = limiter_request(l, "/acme/fnord", &a, start_ms);

	assert_true(other != NULL && other->retry_after_s >= 60);
	for (int i = 0; i < 10; i++) {
		assert_done(limiter_request(l, "/healthz", &a, start_ms));
		assert_done(limiter_request(l, "/acmenot", &a, start_ms));
		assert_done(limiter_request(l, "/directory", &a, start_ms)); /* off */
	}
}

static char *file_with(const char *text)
{
	char *path = xstrdup("/tmp/signet-overrides-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	return path;
}

static void test_overrides(void **state)
{
	AUTO(free)
	char *path = file_with("# exceptions\n\norders_per_account 7 off\n"
			       "certificates_per_domain\texample.org   1 / 1h # few\n"
			       "certificates_per_set B.test,a.test 2 / 1h\n"
			       "failures_per_name 7 1 / 1h\n"
			       "failures_per_name 7:www.b.test 3 / 1h\n"
			       "requests_directory ::ffff:192.0.2.1 1 / 1h\n"
			       "accounts_per_network 2001:db8:1::/48 1 / 1h\n");
	struct ca_config c = config_of();
	const struct ident few = { IDENT_DNS, (char[]){ "c.test" } };
	const struct ident many = { IDENT_DNS, (char[]){ "*.www.b.test" } };
	struct address v4_peer = v4("192.0.2.1");
	struct address v6_peer = v6("2001:db8:1:2::3");

	(void)state;
	c.limits.overrides = path;
	AUTO(limiter_free) struct limiter *l = made(&c);

	assert_int_equal(unlink(path), 0);
	for (int i = 0; i < 10; i++)
		assert_done(order(l, "a.test", RENEWAL_NONE, start_ms));
	issued(l, "www.example.org", RENEWAL_NONE);
	assert_limited(order(l, "example.org", RENEWAL_NONE, start_ms), "(1) for \"example.org\"",
		       3600);
	issued(l, "a.test b.test", RENEWAL_SAME_NAMES);
	assert_done(order(l, "a.test b.test", RENEWAL_SAME_NAMES, start_ms));
	issued(l, "a.test b.test", RENEWAL_SAME_NAMES);
	assert_limited(order(l, "a.test b.test", RENEWAL_SAME_NAMES, start_ms), "issued (2)", 1800);
	limiter_judged(l, ACCOUNT, &few, false, start_ms);
	assert_limited(order(l, "c.test", RENEWAL_NONE, start_ms), "(1) for \"c.test\"", 3600);
	limiter_judged(l, ACCOUNT, &many, false, start_ms);
	limiter_judged(l, ACCOUNT, &many, false, start_ms);
	assert_done(order(l, "www.b.test", RENEWAL_NONE, start_ms));
	assert_done(limiter_request(l, "/directory", &v4_peer, start_ms));
	assert_refused(limiter_request(l, "/directory", &v4_peer, start_ms), ERR_PROBLEM, "busy");
	assert_done(limiter_new_account(l, &v6_peer, start_ms));
	assert_limited(limiter_new_account(l, &v6_peer, start_ms), "IPv6 network", 3600);
}

static const struct {
	const char *text, *said;
} broken[] = {
	{ "orders_per_account 7", ":1: not `LIMIT KEY COUNT / TIME`" },
	{ "\nexplosions 7 off\n", ":2: there is no limit \"explosions\"" },
	{ "orders_per_account 7 many", ":1: " },
	{ "orders_per_account me off", "\"me\" is no number of an account" },
	{ "accounts_per_address example.org off", "is no IP address" },
	{ "accounts_per_network 2001:db8::/32 off", "is no IPv6 /48" },
	{ "certificates_per_domain www.example.org off", "is no registered domain" },
	{ "certificates_per_set a.test,-b.test off", "is no list of names" },
	{ "failures_per_name www.example.org off", "such as 7:www.example.org" },
};

static void test_broken_overrides(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		AUTO(free) char *path = file_with(broken[i].text);
		struct ca_config c = config_of();
		struct limiter *l = NULL;

		c.limits.overrides = path;
		assert_refused(limiter_new(&l, &c, NULL), ERR_CONFIG, broken[i].said);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_tally(void **state)
{
	AUTO(tally_free) struct tally *t = tally_new(100);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		AUTO(free) char *key = str_fmt("%d", i);

		*tally_at(t, key) = i;
		*tally_at(t, "kept") = -1;
	}
	assert_int_equal(tally_peek(t, "kept"), -1);
	assert_int_equal(tally_peek(t, "999"), 999);
	assert_int_equal(tally_peek(t, "901"), 901);
	assert_int_equal(tally_peek(t, "900"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_renewed),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_broken_overrides),
		cmocka_unit_test(test_tally),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
