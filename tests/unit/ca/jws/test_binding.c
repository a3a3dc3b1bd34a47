/* External account binding: RFC 8555 §7.3.4, ca.md 5.17. */
#include "check.h"

#include "ca/jws/binding.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "pki/key.h"
#include "proto/eab.h"

#define URL "https://ca.test/acme/new-acct"
#define MAC_KEY "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"

enum { NOW = 1000 };

struct account {
	struct signer *signer;
	char *thumbprint;
};

static struct account account_new(void)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	struct account a = { 0 };

	assert_done(key_generate(&key, "secp256r1", 0));
	assert_done(signer_from_pkey(&a.signer, key));
	assert_done(jwk_thumbprint(&a.thumbprint, key));
	return a;
}

static void account_release(struct account *a)
{
	signer_free(a->signer);
	free(a->thumbprint);
}

AUTO_RELEASE(struct account, account_release)

static json_t *field_of(const char *text)
{
	json_t *field = NULL;

	assert_done(json_parse(&field, text, strlen(text), "field"));
	return field;
}

static json_t *bound(const struct account *a, const char *alg, const char *mac_key)
{
	AUTO(secret_release) struct secret key = { 0 };
	AUTO(free) char *text = NULL;
	const struct eab e = { "kid-1", alg, &key };

	assert_done(eab_key_parse(&key, mac_key));
	assert_done(eab_sign(&text, &e, a->signer, URL));
	return field_of(text);
}

static void assert_problem(struct err *e, const char *type, const char *part)
{
	AUTO(err_free) struct err *taken = e;

	if (e == NULL || !err_has_type(e, type) || strstr(e->detail, part) == NULL)
		fail_msg("%s instead of %s: %s", e != NULL ? e->msg : "done", type, part);
}

static char known_kid[] = "kid-1";
static char known_key[] = MAC_KEY;

static struct store_eab known(void)
{
	return (struct store_eab){ .kid = known_kid, .mac_key = known_key };
}

static void test_good(void **state)
{
	static const char *const algs[] = { "HS256", "HS384", "HS512" };
	AUTO(account_release) struct account a = account_new();
	const struct store_eab eab = {
		.kid = known_kid, .mac_key = known_key, .expires = NOW + 1, .account_id = 7
	};
	const struct binding_facts facts = { .eab = &eab, .thumbprint = a.thumbprint, .now = NOW };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		AUTO(json_release) json_t *field = bound(&a, algs[i], MAC_KEY);
		AUTO(jws_free) struct jws *j = NULL;

		assert_done(binding_parse(&j, field, URL));
		assert_string_equal(j->kid, "kid-1");
		assert_done(binding_check(j, &facts));
	}
}

static void test_form(void **state)
{
	AUTO(account_release) struct account a = account_new();
	AUTO(json_release) json_t *good = bound(&a, "HS256", MAC_KEY);
	AUTO(json_release) json_t *empty = json_object();
	AUTO(free) char *by_key = NULL;
	AUTO(secret_release) struct secret key = { 0 };
	struct jws *j = NULL;

	(void)state;
	assert_done(eab_key_parse(&key, MAC_KEY));
	assert_problem(binding_parse(&j, empty, URL), "malformed", "externalAccountBinding: JWS");
	assert_problem(binding_parse(&j, good, URL "x"), "malformed", "\"url\" is not");
	assert_done(jws_sign(&by_key, a.signer, &(struct jws_header){ .kid = "kid-1", .url = URL },
			     a.signer->jwk));
	AUTO(json_release) json_t *signed_by_key = field_of(by_key);

	assert_problem(binding_parse(&j, signed_by_key, URL), "malformed", "none of HS256");
	static const struct jws_header headers[] = {
		{ .kid = "kid-1", .url = URL, .nonce = "AAAA" },
		{ .kid = "", .url = URL },
		{ .kid = "kid-1" },
	};
	static const char *const said[] = { "\"nonce\"", "\"kid\" is missing", "\"url\" is not" };

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		AUTO(free) char *text = NULL;

		assert_done(jws_sign_mac(&text, "HS256", &key, &headers[i], a.signer->jwk));
		AUTO(json_release) json_t *field = field_of(text);

		assert_problem(binding_parse(&j, field, URL), "malformed", said[i]);
	}
}

static void test_unusable(void **state)
{
	AUTO(account_release) struct account a = account_new();
	AUTO(json_release) json_t *field = bound(&a, "HS256", MAC_KEY);
	AUTO(jws_free) struct jws *j = NULL;
	struct store_eab eab = known();
	struct binding_facts f = { .thumbprint = a.thumbprint, .now = NOW };

	(void)state;
	assert_done(binding_parse(&j, field, URL));
	assert_problem(binding_check(j, &f), "unauthorized", "not known");
	f.eab = &eab;
	eab.revoked = true;
	assert_problem(binding_check(j, &f), "unauthorized", "revoked");
	eab.revoked = false;
	eab.expires = NOW;
	assert_problem(binding_check(j, &f), "unauthorized", "expired");
	eab.expires = 0;
	eab.account_id = 7;
	f.single_use = true;
	assert_problem(binding_check(j, &f), "unauthorized", "another account");
}

static void test_wrong_keys(void **state)
{
	AUTO(account_release) struct account a = account_new();
	AUTO(account_release) struct account other = account_new();
	AUTO(json_release) json_t *forged = bound(&a, "HS256", "AAAAAAAAAAAAAAAAAAAAAA");
	AUTO(json_release) json_t *foreign = bound(&other, "HS256", MAC_KEY);
	AUTO(jws_free) struct jws *by_forger = NULL;
	AUTO(jws_free) struct jws *by_other = NULL;
	const struct store_eab eab = known();
	const struct binding_facts f = { .eab = &eab, .thumbprint = a.thumbprint, .now = NOW };

	(void)state;
	assert_done(binding_parse(&by_forger, forged, URL));
	assert_problem(binding_check(by_forger, &f), "unauthorized", "MAC");
	assert_done(binding_parse(&by_other, foreign, URL));
	assert_problem(binding_check(by_other, &f), "badPublicKey", "not the account's key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_wrong_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
