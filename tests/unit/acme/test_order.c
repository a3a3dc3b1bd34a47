/* Orders and what a wrong CA makes of them: RFC 8555 §7.1.6, §7.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/fake_ca.h"
#include "acme/inside.h"

static const char *const one[] = { "a.test" };
static const struct acme_order_request request_one_name = { .dns = one, .dns_count = 1 };

struct change {
	const char *path, *field, *value; /* value: JSON */
	const char *words;
};

static void apply(struct fake_ca *ca, const char *path, json_t *body)
{
	const struct change *change = ca->tamper_arg;

	if (str_starts(path, change->path))
		json_object_set_new(body, change->field,
				    json_loads(change->value, JSON_DECODE_ANY, NULL));
}

static struct err *try_all(struct fake_client *c, struct acme_order **o)
{
	size_t count = 0;

	TRY(acme_order_new(c->session, &request_one_name, o));
	TRY(acme_order_authorizations(c->session, *o, &count));
	fake_order_prove(c, *o);
	TRY(acme_order_wait_ready(c->session, *o, 5));
	return acme_order_finalize(c->session, *o, "csr", 3, 5);
}

/* What a wrong CA may answer at each place, and what is said about it. */
static void wrong_answers_are_named(void **state)
{
	static const struct change rows[] = {
		{ "/new-order", "identifiers", "[{\"type\":\"dns\",\"value\":\"b.test\"}]",
		  "other names b.test" },
		{ "/new-order", "finalize", "\"http://ca.test/f\"",
		  "finalize http://ca.test/f https" },
		{ "/new-order", "status", "\"done\"", "unknown order status done" },
		{ "/new-order", "authorizations", "[]", "no authorizations" },
		{ "/authz/", "identifier", "{\"type\":\"dns\",\"value\":\"b.test\"}",
		  "b.test not ordered" },
		{ "/authz/", "wildcard", "true", "*.a.test not ordered" },
		{ "/authz/", "status", "7", "authorization status string" },
		{ "/order/", "status", "\"valid\"", "valid certificate" },
		{ "/order/", "identifiers", "[{\"type\":\"dns\",\"value\":\"b.test\"}]",
		  "other names b.test" },
		{ "/finalize/", "status", "\"pending\"", "went from ready to pending" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		void *inner = NULL;
		struct acme_order *o = NULL;
		struct change change = rows[i];

		(void)fake_setup(&inner);
		struct fake_client *c = inner;
		c->ca.tamper = apply;
		c->ca.tamper_arg = &change;
		assert_err(try_all(c, &o), ERR_PROTOCOL, change.words);
		acme_order_free(o);
		(void)fake_teardown(&inner);
	}
}

static void orders_want_names(void **state)
{
	static const char *const bad[] = { "a/b" };
	static const struct acme_order_request none = { 0 };
	static const struct acme_order_request wrong = { .dns = bad, .dns_count = 1 };
	static const struct acme_order_request ip = { .ip = bad, .ip_count = 1 };
	struct fake_client *c = *state;
	struct acme_order *o = NULL;

	assert_err(acme_order_new(c->session, &none, &o), ERR_USAGE, "at least one name");
	assert_err(acme_order_new(c->session, &wrong, &o), ERR_USAGE, "a/b DNS name");
	assert_err(acme_order_new(c->session, &ip, &o), ERR_USAGE, "a/b IP address");
	assert_int_equal(c->ca.log.count, 0);
}

/* RFC 8738 §3, RFC 9773 §5, draft-ietf-acme-profiles: what is asked for arrives. */
static void requests_carry_everything(void **state)
{
	static const char *const dns[] = { "A.test" };
	static const char *const ip[] = { "2001:DB8::0:1" };
	const struct acme_order_request r = {
		.dns = dns,
		.dns_count = 1,
		.ip = ip,
		.ip_count = 1,
		.profile = "short",
		.replaces = "aki.serial",
	};
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = NULL;

	assert_null(acme_order_new(c->session, &r, &o));
	assert_string_equal(c->ca.orders[0].authz[0].name, "a.test");
	assert_string_equal(c->ca.orders[0].authz[1].name, "2001:db8::1");
	assert_true(c->ca.orders[0].authz[1].ip);
	assert_string_equal(c->ca.orders[0].profile, "short");
	assert_string_equal(c->ca.orders[0].replaces, "aki.serial");
	assert_string_equal(acme_order_profile(o), "short");
	assert_string_equal(acme_order_url(o), FAKE "/order/0");
	assert_true(acme_order_expires(o) > 0);
}

/* A certificate that was replaced already: the caller sees it and decides. */
static void already_replaced_is_shown(void **state)
{
	const struct acme_order_request r = { .dns = one, .dns_count = 1, .replaces = "x.y" };
	struct fake_client *c = *state;
	struct acme_order *o = NULL;

	c->ca.rules[0] = (struct fake_rule){ .path = "/new-order",
					     .times = 1,
					     .status = 409,
					     .type = "alreadyReplaced",
					     .body = "twice" };
	struct err *e = acme_order_new(c->session, &r, &o);
	assert_string_equal(acme_err_type(e), "alreadyReplaced");
	assert_err(e, ERR_PROBLEM, "new order twice");
	assert_int_equal(fake_ca_count(&c->ca, "POST /new-order"), 1);
}

static void refused_issuance_keeps_its_reason(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);

	c->ca.issue_fails = true;
	fake_order_prove(c, o);
	assert_null(acme_order_wait_ready(c->session, o, 60));
	struct err *e = acme_order_finalize(c->session, o, "csr", 3, 60);
	assert_true(err_has_type(e, "caa"));
	assert_err(e, ERR_PROBLEM, "a.test CAA forbids caa");
}

/* RFC 8555 §7.4: the CA was not ready yet after all. */
static void not_ready_is_looked_at_again(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);
	AUTO(acme_order_free) struct acme_order *again = fake_order_new(c, one, 1);

	c->ca.rules[0] = (struct fake_rule){ .path = "/finalize/",
					     .times = 1,
					     .status = 403,
					     .type = "orderNotReady",
					     .body = "x" };
	fake_order_prove(c, o);
	assert_null(acme_order_wait_ready(c->session, o, 60));
	assert_null(acme_order_finalize(c->session, o, "csr", 3, 60));
	c->ca.rules[0].times = 100;
	fake_order_prove(c, again);
	assert_null(acme_order_wait_ready(c->session, again, 60));
	assert_err(acme_order_finalize(c->session, again, "csr", 3, 60), ERR_PROBLEM,
		   "finalizing orderNotReady");
}

static void finished_orders_are_not_finalized_again(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = NULL;

	fake_issue(c, one, 1);
	assert_null(acme_order_open(c->session, FAKE "/order/0", &o));
	assert_string_equal(acme_order_status(o), "valid");
	assert_null(acme_order_wait_ready(c->session, o, 60));
	assert_null(acme_order_finalize(c->session, o, "csr", 3, 60));
	assert_int_equal(fake_ca_count(&c->ca, "POST /finalize/"), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_answers_are_named),
		T(orders_want_names),
		T(requests_carry_everything),
		T(already_replaced_is_shown),
		T(refused_issuance_keeps_its_reason),
		T(not_ready_is_looked_at_again),
		T(finished_orders_are_not_finalized_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
