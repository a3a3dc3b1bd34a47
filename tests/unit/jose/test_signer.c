#include "check.h"

#include <openssl/err.h>
#include <pthread.h>

#include "jose/base64url.h"
#include "jose/jwk.h"
#include "jose/signature.h"
#include "jose/signer.h"
#include "vectors.h"

static EVP_PKEY *key_of(const char *text, bool want_private)
{
	AUTO(json_release) json_t *jwk = json_loads(text, 0, NULL);
	EVP_PKEY *key = NULL;

	assert_done(jwk_parse(&key, jwk, want_private));
	return key;
}

/* RFC 8037 §3.1, Appendix A.4: Ed25519 gives the same signature always */
static void test_ed25519(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = key_of(RFC8037_OKP, true);
	AUTO(signer_free) struct signer *s = NULL;
	AUTO(buf_release) struct buf sig = BUF_INIT(512);

	(void)state;
	assert_done(signer_from_pkey(&s, key));
	assert_done(s->ops->sign(s->ctx, RFC8037_INPUT, strlen(RFC8037_INPUT), &sig));
	AUTO(free) char *text = base64url_encode(sig.data, sig.len);

	assert_string_equal(text, RFC8037_SIGNATURE);
	assert_string_equal(s->thumbprint, RFC8037_THUMBPRINT);
	assert_string_equal(s->type->alg, "EdDSA");
}

static const struct {
	const char *jwk, *input, *signature;
} printed[] = {
	{ RFC7515_RS256_JWK, RFC7515_RS256_HEADER "." RFC7515_PAYLOAD,
	  RFC7515_RS256_SIGNATURE }, /* RFC 7515 Appendix A.2 */
	{ RFC7515_ES256_JWK, RFC7515_ES256_HEADER "." RFC7515_PAYLOAD,
	  RFC7515_ES256_SIGNATURE },                       /* RFC 7515 Appendix A.3 */
	{ RFC8037_OKP, RFC8037_INPUT, RFC8037_SIGNATURE }, /* RFC 8037 Appendix A.5 */
};

/* RFC 7518 §3.3, §3.4 */
static void test_printed_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(printed); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = key_of(printed[i].jwk, false);
		AUTO(buf_release) struct buf sig = BUF_INIT(512);
		AUTO(verifying_free) struct verifying *v = NULL;
		size_t len = strlen(printed[i].input);

		assert_done(verifying_new(&v, key));
		assert_done(
			base64url_decode(&sig, printed[i].signature, strlen(printed[i].signature)));
		assert_done(verifying_verify(v, &sig, printed[i].input, len));
		assert_refused(verifying_verify(v, &sig, printed[i].input, len - 1), ERR_CRYPTO,
			       "not the key's");
		sig.data[5] ^= 1;
		assert_refused(verifying_verify(v, &sig, printed[i].input, len), ERR_CRYPTO,
			       "not the key's");
	}
}

static const struct {
	const char *type, *group;
	size_t signature_len; /* RFC 7518 §3.4: fixed, whatever R and S are */
} kinds[] = {
	{ "RSA", NULL, 256 },   { "EC", "P-256", 64 },   { "EC", "P-384", 96 },
	{ "EC", "P-521", 132 }, { "ED25519", NULL, 64 },
};

static EVP_PKEY *generate(const char *type, const char *group)
{
	if (streq(type, "RSA"))
		return EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)2048);
	return group != NULL ? EVP_PKEY_Q_keygen(NULL, NULL, type, group)
			     : EVP_PKEY_Q_keygen(NULL, NULL, type);
}

static void sign_and_verify(const struct signer *s, size_t signature_len)
{
	static const char text[] = "what is to be signed";
	AUTO(verifying_free) struct verifying *v = NULL;

	assert_done(verifying_new(&v, s->public_key));
	for (int i = 0; i < 40;
	     i++) { /* enough for an R or S with a leading zero byte now and then */
		AUTO(buf_release) struct buf sig = BUF_INIT(512);

		assert_done(s->ops->sign(s->ctx, text, sizeof(text), &sig));
		assert_int_equal(sig.len, signature_len);
		assert_done(verifying_verify(v, &sig, text, sizeof(text)));
		sig.len--;
		assert_refused(verifying_verify(v, &sig, text, sizeof(text)), ERR_CRYPTO,
			       "not the key's");
	}
}

static void sign_and_verify_der(EVP_PKEY *key)
{
	static const char text[] = "what is to be signed";
	AUTO(signing_free) struct signing *s = NULL;
	AUTO(verifying_free) struct verifying *v = NULL;
	AUTO(buf_release) struct buf sig = BUF_INIT(512);

	assert_done(signing_new(&s, key));
	assert_done(verifying_new(&v, key));
	assert_done(signing_sign_der(s, text, sizeof(text), &sig));
	assert_true(verifying_verify_der(v, sig.data, sig.len, text, sizeof(text)));
	assert_false(verifying_verify_der(v, sig.data, sig.len, text, sizeof(text) - 1));
	assert_false(verifying_verify_der(v, sig.data, sig.len - 1, text, sizeof(text)));
	assert_int_equal(ERR_peek_error(), 0);
}

static void test_each_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = generate(kinds[i].type, kinds[i].group);
		AUTO(signer_free) struct signer *s = NULL;

		assert_done(signer_from_pkey(&s, key));
		sign_and_verify(s, kinds[i].signature_len);
		sign_and_verify_der(key);
	}
}

static void test_public_part_only(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = key_of(RFC7515_ES256_JWK, true);
	AUTO(signer_free) struct signer *s = NULL;
	AUTO(json_release) json_t *jwk = NULL;

	(void)state;
	assert_done(signer_from_pkey(&s, key));
	assert_refused(jwk_private(&jwk, s->public_key), ERR_CRYPTO, "no private part");
	assert_null(strstr(s->jwk, "\"d\""));
}

static struct err *refuse(void *ctx, const void *data, size_t len, struct buf *out)
{
	(void)data;
	(void)len;
	(void)out;
	return err_new(ERR_CRYPTO, "token %s is locked", (const char *)ctx);
}

static void test_foreign_signer(void **state)
{
	static const struct signer_ops ops = { refuse, free };
	AUTO(evp_pkey_free) EVP_PKEY *key = key_of(RFC7517_EC, false);
	AUTO(evp_pkey_free) EVP_PKEY *small = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
	AUTO(signer_free) struct signer *s = NULL;
	AUTO(signer_free) struct signer *none = NULL;
	AUTO(buf_release) struct buf sig = BUF_INIT(512);

	(void)state;
	assert_done(signer_new(&s, &ops, xstrdup("7"), key));
	assert_refused(s->ops->sign(s->ctx, "", 0, &sig), ERR_CRYPTO, "token 7 is locked");
	assert_refused(signer_new(&none, &ops, xstrdup("8"), small), ERR_CRYPTO, "1024 bits");
}

static void test_ceiling(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = key_of(RFC7515_ES256_JWK, true);
	AUTO(signer_free) struct signer *s = NULL;
	AUTO(buf_release) struct buf sig = BUF_INIT(63);

	(void)state;
	assert_done(signer_from_pkey(&s, key));
	assert_refused(s->ops->sign(s->ctx, "x", 1, &sig), ERR_LIMIT, "the signature");
}

static void *sign_much(void *arg)
{
	sign_and_verify(arg, 64);
	return NULL;
}

/* One account key signs for lineages in several threads. */
static void test_threads(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = key_of(RFC7515_ES256_JWK, true);
	AUTO(signer_free) struct signer *s = NULL;
	pthread_t threads[4];

	(void)state;
	assert_done(signer_from_pkey(&s, key));
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_much, s), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ed25519),        cmocka_unit_test(test_printed_signatures),
		cmocka_unit_test(test_each_kind),      cmocka_unit_test(test_public_part_only),
		cmocka_unit_test(test_foreign_signer), cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
