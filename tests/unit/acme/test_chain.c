/* The chain of a finished order: RFC 8555 §7.4.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/fake_ca.h"
#include "acme/inside.h"

static const char *const one[] = { "a.test" };

static void chains_are_chosen(void **state)
{
	static const struct {
		const char *issuer;
		bool found, alternate;
		size_t requests;
	} rows[] = {
		{ NULL, true, false, 1 },
		{ "First CA", true, false, 1 },
		{ "Other CA", true, true, 2 },
		{ "No CA", false, false, 2 },
	};
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = NULL;

	c->ca.alternate = fake_certificate("Other CA");
	fake_issue(c, one, 1);
	assert_null(acme_order_open(c->session, FAKE "/order/0", &o));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *pem = NULL;
		bool found = false;
		size_t before = c->ca.log.count;

		assert_null(acme_order_certificate(c->session, o, rows[i].issuer, &pem, &found));
		assert_int_equal(found, rows[i].found);
		assert_string_equal(pem, rows[i].alternate ? c->ca.alternate : c->ca.chain);
		assert_int_equal(c->ca.log.count - before, rows[i].requests);
	}
}

/* The default chain is there when an alternate cannot be had. */
static void broken_alternates_are_passed_over(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = NULL;
	AUTO(free) char *pem = NULL;
	bool found = true;

	fake_issue(c, one, 1);
	c->ca.alternate = xstrdup("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
	assert_null(acme_order_open(c->session, FAKE "/order/0", &o));
	assert_null(acme_order_certificate(c->session, o, "Other CA", &pem, &found));
	assert_false(found);
	assert_string_equal(pem, c->ca.chain);
}

static void what_is_no_chain_is_refused(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = NULL;
	char *pem = NULL;

	fake_issue(c, one, 1);
	assert_null(acme_order_open(c->session, FAKE "/order/0", &o));
	c->ca.rules[0] = (struct fake_rule){
		.path = "/cert/", .times = 1, .status = 200, .body = c->ca.chain
	};
	assert_err(acme_order_certificate(c->session, o, NULL, &pem, NULL), ERR_PROTOCOL,
		   "certificate text/html");
	c->ca.chain[60] = '!';
	assert_err(acme_order_certificate(c->session, o, NULL, &pem, NULL), ERR_PROTOCOL,
		   "certificate");
	assert_null(pem);
}

static void unfinished_orders_have_no_chain(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);
	char *pem = NULL;

	assert_err(acme_order_certificate(c->session, o, NULL, &pem, NULL), ERR_USAGE,
		   "pending no certificate");
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(chains_are_chosen),
		T(broken_alternates_are_passed_over),
		T(what_is_no_chain_is_refused),
		T(unfinished_orders_have_no_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
