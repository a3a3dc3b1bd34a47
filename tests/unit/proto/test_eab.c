#include "check.h"

#include "jose/jwk.h"
#include "jose/jws.h"
#include "pki/key.h"
#include "proto/eab.h"

static struct signer *new_signer(void)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	struct signer *s = NULL;

	assert_done(key_generate(&key, "secp256r1", 0));
	assert_done(signer_from_pkey(&s, key));
	return s;
}

static const char *const algs[] = { "HS256", "HS384", "HS512" };

/* RFC 8555 §7.3.4 */
static void test_sign(void **state)
{
	AUTO(signer_free) struct signer *s = new_signer();
	AUTO(secret_release) struct secret key = { 0 };

	(void)state;
	assert_done(eab_key_parse(
		&key, "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"));
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		struct eab e = { "kid-1", algs[i], &key };
		AUTO(free) char *text = NULL;
		AUTO(jws_free) struct jws *j = NULL;

		assert_done(eab_sign(&text, &e, s, "https://ca.test/new-account"));
		assert_done(jws_parse(&j, text, strlen(text)));
		assert_string_equal(j->alg, algs[i]);
		assert_string_equal(j->kid, "kid-1");
		assert_string_equal(j->url, "https://ca.test/new-account");
		assert_null(j->nonce);
		assert_null(j->jwk);
		assert_string_equal(buf_str(&j->payload), s->jwk);
		assert_done(jws_verify_mac(j, &key));
	}
}

static void test_unknown_alg(void **state)
{
	AUTO(signer_free) struct signer *s = new_signer();
	AUTO(secret_release) struct secret key = { 0 };
	struct eab e = { "kid-1", "HS1", &key };
	AUTO(free) char *text = NULL;

	(void)state;
	secret_set(&key, "k", 1);
	assert_refused(eab_sign(&text, &e, s, "https://ca.test/new-account"), ERR_USAGE,
		       "external account binding: unknown MAC algorithm HS1");
}

static void test_key_forms(void **state)
{
	static const char *const good[] = { "Zm9vYg", "Zm9vYg=", "Zm9vYg==" };
	static const char *const bad[] = { "", "=", "Zm9v Yg", "Zm9v+g", "A", "secret!" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(secret_release) struct secret key = { 0 };

		assert_done(eab_key_parse(&key, good[i]));
		assert_int_equal(key.len, 4);
		assert_memory_equal(key.data, "foob", 4);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(secret_release) struct secret key = { 0 };

		assert_refused(eab_key_parse(&key, bad[i]), ERR_USAGE, "is not base64url text");
		assert_null(key.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_unknown_alg),
		cmocka_unit_test(test_key_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
