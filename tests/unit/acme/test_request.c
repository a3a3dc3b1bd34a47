/* Nonces (RFC 8555 §7.2), retries, redirects, content types: what every request goes through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/fake_ca.h"
#include "acme/request.h"

static const char *const one[] = { "a.test" };
static const struct acme_order_request request_one_name = { .dns = one, .dns_count = 1 };

static void bad_nonce_is_tried_again(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = NULL;

	c->ca.bad_nonces = LIMIT_BAD_NONCE_RETRIES;
	assert_null(acme_order_new(c->session, &request_one_name, &o));
	/* RFC 8555 §6.5: with the nonce of the error, so there was one HEAD only */
	assert_int_equal(fake_ca_count(&c->ca, "HEAD /nonce"), 1);
	assert_int_equal(fake_ca_count(&c->ca, "POST /new-order"), LIMIT_BAD_NONCE_RETRIES + 1);
	assert_int_equal(c->ca.order_count, 1);
}

static void bad_nonce_for_ever_ends(void **state)
{
	struct fake_client *c = *state;
	struct acme_order *o = NULL;

	c->ca.bad_nonces = 1000;
	struct err *e = acme_order_new(c->session, &request_one_name, &o);
	assert_true(err_has_type(e, "badNonce"));
	assert_err(e, ERR_PROBLEM, "new order badNonce");
	assert_int_equal(fake_ca_count(&c->ca, "POST /new-order"), LIMIT_BAD_NONCE_RETRIES + 1);
}

/* A hostile mix: the nonce is refused, and a day is to pass. */
static void bad_nonce_does_not_wait(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = NULL;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/new-order",
		.times = 1,
		.status = 400,
		.type = "badNonce",
		.body = "x",
		.header = "Retry-After",
		.value = "86400",
	};
	assert_null(acme_order_new(c->session, &request_one_name, &o));
	assert_true(c->ca.now_ms < 1000);
}

static void nonces_are_used_again(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);

	fake_order_prove(c, o);
	assert_int_equal(fake_ca_count(&c->ca, "HEAD /nonce"), 1);
	assert_int_equal(fake_ca_count(&c->ca, "GET /dir"), 1);
}

/* RFC 8555 §6.5.1: what is no base64url is ignored. */
static void invalid_nonces_are_ignored(void **state)
{
	static const char *const bad[] = { "", "a b", "a=b", "\xc3\xbc", "a+/" };
	struct nonce_pool p = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(http_headers_release) struct http_headers h = { 0 };

		http_headers_add(&h, "replay-nonce", bad[i]);
		nonce_collect(&p, &h);
		assert_int_equal(p.count, 0);
	}
}

static void the_pool_keeps_the_newest(void **state)
{
	struct nonce_pool p = { 0 };

	(void)state;
	for (int i = 0; i < LIMIT_NONCE_POOL + 3; i++) {
		AUTO(http_headers_release) struct http_headers h = { 0 };
		AUTO(free) char *nonce = str_fmt("n%d", i);

		http_headers_add(&h, "Replay-Nonce", nonce);
		nonce_collect(&p, &h);
	}
	assert_int_equal(p.count, LIMIT_NONCE_POOL);
	AUTO(free) char *newest = nonce_take(&p);
	AUTO(free) char *want = str_fmt("n%d", LIMIT_NONCE_POOL + 2);
	assert_string_equal(newest, want);
	nonce_pool_release(&p);
	assert_null(nonce_take(&p));
}

/* RFC 8555 §6.6: overload that ends soon is waited for, once. */
static void short_waits_are_waited(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);

	c->ca.rules[0] = (struct fake_rule){
		.path = "/authz/",
		.times = 1,
		.status = 503,
		.type = "rateLimited",
		.body = "busy",
		.header = "Retry-After",
		.value = "3",
	};
	int64_t before = c->ca.now_ms;
	fake_order_prove(c, o);
	assert_in_range(c->ca.now_ms - before, 3000, 4000);
}

static void a_second_short_wait_is_an_error(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);
	size_t count = 0;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/authz/",
		.times = 9,
		.status = 503,
		.type = "rateLimited",
		.body = "busy",
		.header = "Retry-After",
		.value = "3",
	};
	assert_err(acme_order_authorizations(c->session, o, &count), ERR_PROBLEM,
		   "authorization busy wait");
	assert_int_equal(c->ca.rules[0].times, 7);
}

static void long_waits_are_told(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);
	size_t count = 0;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/authz/",
		.times = 9,
		.status = 429,
		.type = "rateLimited",
		.body = "too many",
		.header = "Retry-After",
		.value = "3600",
	};
	int64_t before = c->ca.now_ms;
	struct err *e = acme_order_authorizations(c->session, o, &count);
	assert_int_equal(acme_err_retry_after(e), 3600);
	assert_int_equal(acme_err_http_status(e), 429);
	assert_err(e, ERR_PROBLEM, "authorization too many rateLimited wait 2026-11-27");
	assert_true(c->ca.now_ms - before < 100);
	assert_int_equal(c->ca.rules[0].times, 8);
}

static void new_orders_never_wait_for_a_limit(void **state)
{
	struct fake_client *c = *state;
	struct acme_order *o = NULL;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/new-order",
		.times = 9,
		.status = 429,
		.type = "rateLimited",
		.body = "x",
		.header = "Retry-After",
		.value = "1",
	};
	assert_err(acme_order_new(c->session, &request_one_name, &o), ERR_PROBLEM, "rateLimited");
	assert_int_equal(c->ca.rules[0].times, 8);
}

static void redirects_are_named(void **state)
{
	struct fake_client *c = *state;
	const char *terms = NULL;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/dir",
		.times = 1,
		.status = 301,
		.header = "Location",
		.value = "https://evil.test/dir",
	};
	assert_err(acme_terms_of_service(c->session, &terms), ERR_PROTOCOL,
		   "directory redirects https://evil.test/dir");
}

static void other_content_types_are_named(void **state)
{
	struct fake_client *c = *state;
	const char *terms = NULL;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/dir", .times = 1, .status = 200, .body = "<html>hello</html>"
	};
	assert_err(acme_terms_of_service(c->session, &terms), ERR_PROTOCOL,
		   "directory text/html JSON");
	assert_null(acme_terms_of_service(c->session, &terms));
	assert_string_equal(terms, FAKE "/terms");
}

static void html_errors_are_shown(void **state)
{
	struct fake_client *c = *state;
	const char *terms = NULL;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/dir", .times = 1, .status = 502, .body = "<html>Bad Gateway"
	};
	assert_err(acme_terms_of_service(c->session, &terms), ERR_PROTOCOL,
		   "directory 502 Bad Gateway");
}

static void broken_connections_are_errors(void **state)
{
	struct fake_client *c = *state;
	const char *terms = NULL;

	c->ca.rules[0] = (struct fake_rule){ .path = "/dir", .times = 1 };
	assert_err(acme_terms_of_service(c->session, &terms), ERR_NETWORK,
		   "directory connection reset");
}

static void no_nonce_is_an_error(void **state)
{
	struct fake_client *c = *state;
	struct acme_order *o = NULL;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/nonce", .times = 1, .status = 500, .body = ""
	};
	assert_err(acme_order_new(c->session, &request_one_name, &o), ERR_PROTOCOL,
		   "new nonce 500");
}

/* Let's Encrypt's edge gives so many nonces a second and not more. */
static void nonces_are_waited_for(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = NULL;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/nonce",
		.times = 1,
		.status = 503,
		.header = "Retry-After",
		.value = "1",
	};
	assert_null(acme_order_new(c->session, &request_one_name, &o));
	assert_in_range(c->ca.now_ms, 1000, 1100);
	assert_int_equal(fake_ca_count(&c->ca, "HEAD /nonce"), 1 + 1);
}

static void downgrade(struct fake_ca *ca, const char *path, json_t *body)
{
	(void)ca;
	if (streq(path, "/dir"))
		json_object_set_new(body, "newOrder", json_string("http://ca.test/new-order"));
}

/* RFC 8555 §6.1 */
static void http_in_an_https_directory_is_refused(void **state)
{
	struct fake_client *c = *state;
	const char *terms = NULL;

	c->ca.tamper = downgrade;
	assert_err(acme_terms_of_service(c->session, &terms), ERR_PROTOCOL,
		   "newOrder http://ca.test/new-order https");
}

static void unsafe_account_urls_are_refused(void **state)
{
	struct fake_client *c = *state;
	char **contacts = NULL;
	size_t count = 0;

	acme_session_set_account(c->session, c->key, "http://ca.test/acct/1");
	assert_err(acme_account_contacts(c->session, &contacts, &count), ERR_PROTOCOL,
		   "account https");
}

static void directories_must_be_urls(void **state)
{
	struct acme_session *s = NULL;

	(void)state;
	assert_err(acme_session_new(&s, "ca.test/dir"), ERR_USAGE, "directory");
	assert_err(acme_session_new(&s, "file:///dir"), ERR_USAGE, "directory");
	assert_null(s);
}

static void a_session_without_a_key_says_so(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_session_free) struct acme_session *s = NULL;
	bool found = false;

	assert_null(session_new(&s, FAKE "/dir", &c->ca.world));
	assert_err(acme_account_find(s, &found), ERR_USAGE, "key");
	assert_int_equal(c->ca.log.count, 0);
}

static void meta_is_told(void **state)
{
	struct fake_client *c = *state;
	bool yes = false;
	const char *const *list = NULL;
	size_t count = 0;

	assert_null(acme_profile_offered(c->session, "short", &yes));
	assert_true(yes);
	assert_null(acme_profile_offered(c->session, "long", &yes));
	assert_false(yes);
	assert_null(acme_eab_required(c->session, &yes));
	assert_false(yes);
	assert_null(acme_caa_identities(c->session, &list, &count));
	assert_int_equal(count, 1);
	assert_string_equal(list[0], "ca.test");
	assert_int_equal(c->ca.log.count, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(bad_nonce_is_tried_again),
		T(bad_nonce_for_ever_ends),
		T(bad_nonce_does_not_wait),
		T(nonces_are_used_again),
		T(invalid_nonces_are_ignored),
		T(the_pool_keeps_the_newest),
		T(short_waits_are_waited),
		T(a_second_short_wait_is_an_error),
		T(long_waits_are_told),
		T(new_orders_never_wait_for_a_limit),
		T(redirects_are_named),
		T(other_content_types_are_named),
		T(html_errors_are_shown),
		T(broken_connections_are_errors),
		T(no_nonce_is_an_error),
		T(nonces_are_waited_for),
		T(http_in_an_https_directory_is_refused),
		T(unsafe_account_urls_are_refused),
		T(directories_must_be_urls),
		T(a_session_without_a_key_says_so),
		T(meta_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
