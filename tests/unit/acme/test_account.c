/* RFC 8555 §7.3, §7.3.2: accounts and their keys; RFC 8555 §7.1.2.1: the list of orders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/fake_ca.h"
#include "acme/inside.h"
#include "pki/key.h"

static const char *const mails[] = { "mailto:a@example.org", "mailto:b@example.org" };

static int setup_without_account(void **state)
{
	struct fake_client *c = xcalloc(1, sizeof(*c));

	fake_client_init(c);
	*state = c;
	return 0;
}

static void a_new_account(void **state)
{
	struct fake_client *c = *state;
	const struct acme_registration r = { .contacts = mails,
					     .contact_count = 2,
					     .terms_agreed = true };
	bool created = false;
	char **contacts = NULL;
	size_t count = 0;

	assert_null(acme_account_register(c->session, &r, &created));
	assert_true(created);
	assert_string_equal(acme_session_account_url(c->session), FAKE "/acct/1");
	assert_null(acme_account_contacts(c->session, &contacts, &count));
	assert_int_equal(count, 2);
	assert_string_equal(contacts[1], mails[1]);
	for (size_t i = 0; i < count; i++)
		free(contacts[i]);
	free(contacts);
	assert_null(acme_account_register(c->session, &r, &created));
	assert_false(created);
	assert_int_equal(c->ca.new_accounts, 1);
}

/* RFC 8555 §7.3.4 */
static void external_binding(void **state)
{
	struct fake_client *c = *state;
	struct acme_registration r = { .terms_agreed = true, .eab_kid = "kid-1" };

	assert_err(acme_account_register(c->session, &r, NULL), ERR_USAGE, "HMAC key");
	r.eab_hmac_key = "***";
	assert_err(acme_account_register(c->session, &r, NULL), ERR_USAGE,
		   "external account binding");
	r.eab_hmac_key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
	assert_null(acme_account_register(c->session, &r, NULL));
	assert_true(c->ca.eab_seen);
}

/* RFC 8555 §7.3.1 */
static void finding_accounts(void **state)
{
	struct fake_client *c = *state;
	const struct acme_registration r = { .terms_agreed = true };
	bool found = true;

	assert_null(acme_account_find(c->session, &found));
	assert_false(found);
	assert_int_equal(c->ca.new_accounts, 0);
	assert_null(acme_account_register(c->session, &r, NULL));
	acme_session_set_account(c->session, c->key, NULL);
	assert_null(acme_account_find(c->session, &found));
	assert_true(found);
	assert_string_equal(acme_session_account_url(c->session), FAKE "/acct/1");
}

static void an_unknown_url_is_looked_up(void **state)
{
	struct fake_client *c = *state;

	acme_session_set_account(c->session, c->key, NULL);
	assert_null(acme_account_set_contacts(c->session, mails, 1));
	assert_int_equal(c->ca.contacts.count, 1);
	assert_null(acme_account_set_contacts(c->session, NULL, 0));
	assert_int_equal(c->ca.contacts.count, 0);
	assert_int_equal(fake_ca_count(&c->ca, "POST /new-account"), 1);
}

static void without_an_account_nothing_is_changed(void **state)
{
	struct fake_client *c = *state;

	assert_err(acme_account_set_contacts(c->session, mails, 1), ERR_USAGE, "no account");
}

static void contacts_are_urls(void **state)
{
	static const char *const bad[] = { "a@example.org", "mailto:a\nb", "mailto:\xff" };
	struct fake_client *c = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_err(acme_account_set_contacts(c->session, &bad[i], 1), ERR_USAGE,
			   "contact URL");
	assert_int_equal(c->ca.log.count, 0);
}

/* RFC 8555 §7.3.5 */
static void keys_change(void **state)
{
	static const char *const types[] = { "secp384r1", "rsa", "ed25519", "secp256r1" };
	struct fake_client *c = *state;
	struct acme_key *keys[ARRAY_LEN(types)] = { NULL };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		assert_null(acme_key_generate(&keys[i], types[i]));
		assert_null(acme_account_rollover(c->session, keys[i]));
		assert_null(acme_account_set_contacts(c->session, mails,
						      2)); /* signed by the new key */
	}
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		acme_key_free(keys[i]);
}

static void a_refused_change_keeps_the_key(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_key_free) struct acme_key *fresh = NULL;

	assert_null(acme_key_generate(&fresh, "secp256r1"));
	c->ca.rules[0] =
		(struct fake_rule){ .path = "/key-change", .times = 1, .status = 409, .body = "" };
	struct err *e = acme_account_rollover(c->session, fresh);
	assert_int_equal(acme_err_http_status(e), 409);
	assert_err(e, ERR_PROTOCOL, "key 409");
	assert_null(acme_account_set_contacts(c->session, mails, 1));
}

/* RFC 8555 §7.3.6 */
static void deactivation(void **state)
{
	struct fake_client *c = *state;

	assert_null(acme_account_deactivate(c->session));
	assert_true(c->ca.deactivated);
	assert_null(acme_session_account_url(c->session));
}

static struct err *sign_elsewhere(void *ctx, const void *data, size_t len, unsigned char *sig,
				  size_t *sig_len)
{
	const struct acme_key *k = ctx;
	AUTO(buf_release) struct buf b = BUF_INIT(*sig_len);

	TRY(k->signer->ops->sign(k->signer->ctx, data, len, &b));
	memcpy(sig, b.data, b.len);
	*sig_len = b.len;
	return NULL;
}

static void keys_may_live_elsewhere(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_key_free) struct acme_key *outside = NULL;
	AUTO(buf_release) struct buf pem = BUF_INIT(4096);
	AUTO(free) char *a = NULL;
	AUTO(free) char *b = NULL;
	struct acme_key *none = NULL;
	char *private_pem = NULL;

	assert_null(key_public_pem(&pem, c->key->pkey));
	assert_null(acme_key_from_signer(&outside, buf_str(&pem), sign_elsewhere, c->key));
	acme_session_set_account(c->session, outside, FAKE "/acct/1");
	assert_null(acme_account_set_contacts(c->session, mails, 1));
	assert_null(acme_key_thumbprint(outside, &a));
	assert_null(acme_key_thumbprint(c->key, &b));
	assert_string_equal(a, b);
	assert_err(acme_key_to_pem(outside, &private_pem), ERR_USAGE, "elsewhere");
	assert_err(acme_key_from_signer(&none, "x", sign_elsewhere, c->key), ERR_PARSE, "PEM");
}

static void keys_go_to_pem_and_back(void **state)
{
	static const char *const types[] = { "rsa", "rsa3072", "secp256r1", "secp384r1",
					     "ed25519" };
	struct acme_key *none = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		AUTO(acme_key_free) struct acme_key *k = NULL;
		AUTO(acme_key_free) struct acme_key *back = NULL;
		AUTO(free) char *pem = NULL;

		assert_null(acme_key_generate(&k, types[i]));
		assert_null(acme_key_to_pem(k, &pem));
		assert_null(acme_key_from_pem(&back, pem, strlen(pem)));
		assert_int_equal(EVP_PKEY_eq(k->pkey, back->pkey), 1);
	}
	assert_err(acme_key_generate(&none, "dsa"), ERR_USAGE, "dsa");
}

static const char *const ab[] = { "a.test", "b.test" };
static const struct acme_order_request request_ab = { .dns = ab, .dns_count = 2 };

static void lost_orders_are_found(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *found = NULL;

	c->ca.page_size = 2;
	for (size_t i = 0; i < 6; i++)
		acme_order_free(fake_order_new(c, ab, i % 2 == 0 ? 2 : 1));
	c->ca.orders[4].authz[0].deactivated = true; /* the newest is dead */
	assert_null(acme_order_find(c->session, &request_ab, &found));
	assert_non_null(found);
	assert_string_equal(acme_order_url(found), FAKE "/order/2");
	assert_int_equal(fake_ca_count(&c->ca, "POST /orders/"), 3);
}

static void nothing_to_be_found(void **state)
{
	struct fake_client *c = *state;
	struct acme_order *found = NULL;

	assert_null(acme_order_find(c->session, &request_ab, &found));
	assert_null(found);
	acme_order_free(fake_order_new(c, ab, 1));
	assert_null(acme_order_find(c->session, &request_ab, &found));
	assert_null(found);
	c->ca.no_orders_list = true;
	acme_order_free(fake_order_new(c, ab, 2));
	assert_null(acme_order_find(c->session, &request_ab, &found));
	assert_null(found);
}

/* 300 orders that are not wanted (1), with the wanted one (0) before or behind them. */
static void fill_list(struct fake_ca *ca, const char *path, json_t *body)
{
	const bool *last = ca->tamper_arg;
	json_t *list = json_object_get(body, "orders");

	if (strstr(path, "/orders/") == NULL)
		return;
	json_array_clear(list);
	for (int i = 0; i < 300; i++)
		json_array_append_new(list, json_string(FAKE "/order/1"));
	json_array_insert_new(list, *last ? 300 : 0, json_string(FAKE "/order/0"));
}

/* Whether a CA lists the newest first or last, it is found in a list that is too long to be looked through. */
static void both_ends_of_a_long_list_are_looked_at(void **state)
{
	static const bool last[] = { false, true };
	struct fake_client *c = *state;

	acme_order_free(fake_order_new(c, ab, 2));
	acme_order_free(fake_order_new(c, ab, 1));
	c->ca.tamper = fill_list;
	for (size_t i = 0; i < ARRAY_LEN(last); i++) {
		AUTO(acme_order_free) struct acme_order *found = NULL;

		c->ca.tamper_arg = (void *)(uintptr_t)&last[i];
		assert_null(acme_order_find(c->session, &request_ab, &found));
		assert_non_null(found);
		assert_string_equal(acme_order_url(found), FAKE "/order/0");
	}
}

static void orders_that_are_gone_are_passed_over(void **state)
{
	struct fake_client *c = *state;
	AUTO(acme_order_free) struct acme_order *found = NULL;

	acme_order_free(fake_order_new(c, ab, 2));
	acme_order_free(fake_order_new(c, ab, 2));
	c->ca.rules[0] =
		(struct fake_rule){ .path = "/order/1", .times = 1, .status = 404, .body = "" };
	assert_null(acme_order_find(c->session, &request_ab, &found));
	assert_string_equal(acme_order_url(found), FAKE "/order/0");
}

/* draft-ietf-acme-profiles §4: the same names may have been ordered for several profiles. */
static void orders_for_another_profile_are_passed_over(void **state)
{
	struct fake_client *c = *state;
	struct acme_order_request wanted = request_ab;
	AUTO(acme_order_free) struct acme_order *found = NULL;

	for (size_t i = 0; i < 2; i++) {
		AUTO(acme_order_free) struct acme_order *o = NULL;

		wanted.profile = i == 0 ? "short" : "long";
		assert_null(acme_order_new(c->session, &wanted, &o));
	}
	wanted.profile = "short";
	assert_null(acme_order_find(c->session, &wanted, &found));
	assert_string_equal(acme_order_url(found), FAKE "/order/0");
	assert_string_equal(acme_order_profile(found), "short");
}

static void lists_that_are_none_are_errors(void **state)
{
	struct fake_client *c = *state;
	struct acme_order *found = NULL;

	c->ca.rules[0] = (struct fake_rule){
		.path = "/orders/", .times = 1, .status = 200, .body = "<html>"
	};
	assert_err(acme_order_find(c->session, &request_ab, &found), ERR_PROTOCOL,
		   "list of orders");
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)
#define N(f) cmocka_unit_test_setup_teardown(f, setup_without_account, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		N(a_new_account),
		N(external_binding),
		N(finding_accounts),
		T(an_unknown_url_is_looked_up),
		N(without_an_account_nothing_is_changed),
		T(contacts_are_urls),
		T(keys_change),
		T(a_refused_change_keeps_the_key),
		T(deactivation),
		T(keys_may_live_elsewhere),
		T(keys_go_to_pem_and_back),
		T(lost_orders_are_found),
		T(both_ends_of_a_long_list_are_looked_at),
		T(nothing_to_be_found),
		T(orders_that_are_gone_are_passed_over),
		T(orders_for_another_profile_are_passed_over),
		T(lists_that_are_none_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
