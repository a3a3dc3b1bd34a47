/* Authorizations and challenges: RFC 8555 §7.5, §8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/fake_ca.h"
#include "acme/inside.h"
#include "pki/cert.h"
#include "pki/challenge_cert.h"

static const char *const one[] = { "a.test" };
static const char *const two[] = { "a.test", "*.a.test" };

static void failed_names_are_subproblems(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, two, 2);

	c->ca.bad_name = "*.a.test";
	fake_order_prove(c, o);
	struct err *e = acme_order_wait_ready(c->session, o, 60);
	assert_int_equal(acme_err_subproblem_count(e), 1);
	const struct err *sub = acme_err_subproblem(e, 0);
	assert_string_equal(acme_err_type(sub), "connection");
	assert_string_equal(acme_err_detail(sub), "refused");
	assert_string_equal(acme_err_identifier(sub), "*.a.test");
	assert_string_equal(acme_err_type(e), "connection");
	assert_string_equal(acme_err_urn(e), "urn:ietf:params:acme:error:connection");
	assert_err(e, ERR_CHALLENGE, "control *.a.test refused connection");
	assert_string_equal(acme_authz_status(acme_order_authz(o, 0)), "valid");
	assert_string_equal(acme_authz_status(acme_order_authz(o, 1)), "invalid");
}

static void a_refused_challenge_fails_its_name_only(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, two, 2);

	c->ca.orders[0].authz[0].refused = true;
	fake_order_prove(c, o);
	assert_int_equal(fake_ca_count(&c->ca, "POST /chall/"), 2);
	struct err *e = acme_order_wait_ready(c->session, o, 60);
	assert_int_equal(acme_err_subproblem_count(e), 1);
	assert_string_equal(acme_err_identifier(acme_err_subproblem(e, 0)), "a.test");
	assert_err(e, ERR_CHALLENGE, "a.test not this one unauthorized");
	assert_string_equal(acme_authz_status(acme_order_authz(o, 1)), "valid");
}

/* Boulder's answer to a second POST while it validates. */
static void a_conflict_is_no_failure(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);

	c->ca.orders[0].authz[0].told = true;
	c->ca.rules[0] = (struct fake_rule){
		.path = "/chall/", .times = 1, .status = 409, .type = "conflict", .body = "x"
	};
	fake_order_prove(c, o);
	assert_null(acme_order_wait_ready(c->session, o, 60));
}

/* The memory of a run that was killed, and what this one adds to it. */
struct memory {
	struct strlist told;
	size_t asked;
};

static void remember(void *ctx, const char *url)
{
	struct memory *m = ctx;

	(void)strlist_add_unique(&m->told, url);
}

static bool remembers(void *ctx, const char *url)
{
	struct memory *m = ctx;

	m->asked++;
	return strlist_has(&m->told, url);
}

/*
 * The CA was told of the first name (told), or the run was killed just before (not told). Names that the killed run had not come to
 * are told at once.
 */
static void what_an_earlier_run_told_is_not_told_again_at_once(void **state)
{
	(void)state;
	for (int told = 0; told < 2; told++) {
		void *inner = NULL;

		(void)fake_setup(&inner);
		struct fake_client *c = inner;
		struct memory m = { 0 };
		const struct session_memory memory = { .telling = remember,
						       .was_told = remembers,
						       .ctx = &m };
		AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, two, 2);
		int64_t started = c->ca.now_ms;

		c->ca.validate_ms = 3000; /* and shows "pending" meanwhile */
		c->ca.orders[0].authz[0].told = told;
		c->ca.orders[0].authz[0].told_ms = started;
		strlist_add(&m.told, FAKE "/chall/0.0");
		session_set_memory(c->session, &memory);
		fake_order_prove(c, o);
		assert_int_equal(fake_ca_count(&c->ca, "POST /chall/0.0"), !told);
		assert_int_equal(fake_ca_count(&c->ca, "POST /chall/0.1"), 1);
		assert_true(told ? c->ca.now_ms < started + 10000
				 : c->ca.now_ms >= started + 10000);
		assert_null(acme_order_wait_ready(c->session, o, 60));
		assert_true(m.asked == 2 && strlist_has(&m.told, FAKE "/chall/0.1"));
		strlist_release(&m.told);
		(void)fake_teardown(&inner);
	}
}

static void valid_authorizations_need_nothing(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);

	c->ca.orders[0].authz[0].valid_already = true;
	fake_order_prove(c, o);
	assert_int_equal(fake_ca_count(&c->ca, "POST /chall/"), 0);
	assert_null(acme_order_wait_ready(c->session, o, 60));
}

static void proofs_are_told(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, two, 2);
	AUTO(free) char *path = NULL;
	AUTO(free) char *body = NULL;
	AUTO(free) char *owner = NULL;
	AUTO(free) char *txt = NULL;
	AUTO(free) char *thumbprint = NULL;
	size_t count = 0;

	assert_null(acme_order_authorizations(c->session, o, &count));
	assert_int_equal(count, 2);
	struct acme_authz *a = acme_order_authz(o, 1);
	assert_true(acme_authz_is_wildcard(a));
	assert_string_equal(acme_authz_identifier(a), "a.test");
	assert_int_equal(acme_authz_challenge_count(a), 4);
	assert_null(acme_challenge_dns(c->session, acme_authz_challenge(a, 0), &owner, &txt));
	assert_string_equal(owner, "_acme-challenge.a.test");
	assert_int_equal(strlen(txt), 43);
	assert_null(acme_challenge_http(c->session, acme_authz_challenge(acme_order_authz(o, 0), 1),
					&path, &body));
	assert_string_equal(path, "/.well-known/acme-challenge/DGyRejmCefe7v4NfDGDKfA");
	assert_null(acme_key_thumbprint(c->key, &thumbprint));
	assert_true(str_ends(body, thumbprint));
	assert_err(acme_challenge_http(c->session, acme_authz_challenge(a, 0), &path, &body),
		   ERR_USAGE, "dns-01");
	assert_err(acme_challenge_http(c->session, acme_authz_challenge(a, 2), &path, &body),
		   ERR_USAGE, "pigeon-01 known");
	assert_null(acme_authz_challenge(a, 4));
	assert_null(acme_order_authz(o, 2));
}

/* RFC 8737 §3 */
static void a_proof_by_tls(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);
	AUTO(acme_key_free) struct acme_key *key = NULL;
	AUTO(acme_tls_proof_release) struct acme_tls_proof p = { 0 };
	AUTO(cert_free) struct cert *cert = NULL;
	AUTO(challenge_cert_release) struct challenge_cert seen = { 0 };
	size_t count = 0;

	assert_null(acme_order_authorizations(c->session, o, &count));
	struct acme_authz *a = acme_order_authz(o, 0);

	assert_null(acme_key_generate(&key, "secp256r1"));
	assert_null(acme_challenge_tls(c->session, acme_authz_challenge(a, 3), key, &p));
	assert_string_equal(p.server_name, "a.test");
	assert_string_equal(p.protocol, "acme-tls/1");
	assert_null(cert_from_pem(&cert, p.certificate_pem, strlen(p.certificate_pem)));
	assert_null(challenge_cert_read(&seen, cert->der.data, cert->der.len));
	assert_string_equal(seen.names.dns.items[0], "a.test");
	assert_true(seen.self_signed && seen.has_digest && seen.digest_is_critical);
	assert_err(acme_challenge_tls(c->session, acme_authz_challenge(a, 0), key, &p), ERR_USAGE,
		   "dns-01 other means");
}

/* RFC 8555 §7.5.2 */
static void authorizations_can_be_given_up(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);
	size_t count = 0;

	assert_null(acme_order_authorizations(c->session, o, &count));
	assert_null(acme_authz_deactivate(c->session, acme_order_authz(o, 0)));
	assert_string_equal(acme_authz_status(acme_order_authz(o, 0)), "deactivated");
	assert_err(acme_order_wait_ready(c->session, o, 5), ERR_CHALLENGE, "a.test deactivated");
}

/* A CA that moves authorizations, and leaves the order as it is. */
static void order_stays_pending(struct fake_ca *ca, const char *path, json_t *body)
{
	(void)ca;
	if (str_starts(path, "/order/"))
		json_object_set_new(body, "status", json_string("pending"));
}

/* RFC 8555 §7.1.6: long before time is up, and without more requests while validating takes as long as it does. */
static void an_invalid_authorization_of_a_pending_order(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, two, 2);
	int64_t begin = c->ca.now_ms;

	c->ca.bad_name = "*.a.test";
	c->ca.tamper = order_stays_pending;
	fake_order_prove(c, o);
	struct err *e = acme_order_wait_ready(c->session, o, 90);

	assert_int_equal(acme_err_subproblem_count(e), 1);
	assert_err(e, ERR_CHALLENGE, "control *.a.test refused connection");
	assert_in_range(c->ca.now_ms - begin, 10000, 20000);
	assert_int_equal(fake_ca_count(&c->ca, "POST /authz/"), 4);
}

static void nothing_but_waiting_helps(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, two, 2);

	c->ca.validate_ms = 1000000;
	c->ca.poll_retry = "1";
	fake_order_prove(c, o);
	assert_err(acme_order_wait_ready(c->session, o, 90), ERR_TIMEOUT,
		   "nothing after 90 seconds");
	/* two at first, and after 10, 20, 40, 80 and 90 seconds */
	assert_int_equal(fake_ca_count(&c->ca, "POST /authz/"), 12);
}

static void the_last_look_is_when_time_is_up(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, one, 1);

	c->ca.bad_name = "a.test";
	c->ca.tamper = order_stays_pending;
	fake_order_prove(c, o);
	assert_err(acme_order_wait_ready(c->session, o, 5), ERR_CHALLENGE, "a.test refused");
}

static void slow_validation_costs_no_looks_within_seconds(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, two, 2);

	c->ca.validate_ms = 8000;
	fake_order_prove(c, o);
	assert_null(acme_order_wait_ready(c->session, o, 90));
	assert_int_equal(fake_ca_count(&c->ca, "POST /authz/"), 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(failed_names_are_subproblems),
		T(a_refused_challenge_fails_its_name_only),
		T(a_conflict_is_no_failure),
		cmocka_unit_test(what_an_earlier_run_told_is_not_told_again_at_once),
		T(valid_authorizations_need_nothing),
		T(proofs_are_told),
		T(a_proof_by_tls),
		T(authorizations_can_be_given_up),
		T(an_invalid_authorization_of_a_pending_order),
		T(nothing_but_waiting_helps),
		T(the_last_look_is_when_time_is_up),
		T(slow_validation_costs_no_looks_within_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
