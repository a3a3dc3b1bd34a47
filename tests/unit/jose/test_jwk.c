#include "check.h"

#include "jose/jwk.h"
#include "jose/numbers.h"
#include "vectors.h"

static struct err *parse(EVP_PKEY **out, const char *text, bool want_private)
{
	AUTO(json_release) json_t *jwk = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(jwk);
	return jwk_parse(out, jwk, want_private);
}

static const struct {
	const char *jwk, *public_text, *thumbprint;
} known[] = {
	{ RFC7638_RSA, NULL, RFC7638_THUMBPRINT }, /* RFC 7638 §3.1 */
	{ RFC8037_OKP,
	  "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
	  RFC8037_THUMBPRINT }, /* RFC 8037 Appendix A.2, A.3 */
	{ RFC7517_EC,
	  "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
	  "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}",
	  "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s" },
};

/* RFC 7638 §3.2 */
static void test_known_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
		AUTO(json_release) json_t *back = NULL;
		AUTO(free) char *thumbprint = NULL;

		assert_done(parse(&key, known[i].jwk, false));
		assert_done(jwk_public(&back, key));
		AUTO(free) char *text = json_compact(back);

		if (known[i].public_text != NULL)
			assert_string_equal(text, known[i].public_text);
		assert_done(jwk_thumbprint(&thumbprint, key));
		assert_string_equal(thumbprint, known[i].thumbprint);
	}
}

static const char *const generated[] = { "RSA", "P-256", "P-384", "P-521", "ED25519" };

static EVP_PKEY *generate(const char *what)
{
	if (streq(what, "RSA"))
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	if (streq(what, "ED25519"))
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", what);
}

static void test_private_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(generated); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = generate(generated[i]);
		AUTO(evp_pkey_free) EVP_PKEY *back = NULL;
		AUTO(json_release) json_t *jwk = NULL;
		AUTO(json_release) json_t *again = NULL;

		assert_done(jwk_private(&jwk, key));
		assert_done(jwk_parse(&back, jwk, true));
		assert_int_equal(EVP_PKEY_eq(key, back), 1);
		assert_done(jwk_private(&again, back));
		assert_true(json_equal(jwk, again));
	}
}

/*
 * Certbot reads these texts; it wants coordinates and d at their full length (RFC 7518 §6.2.1.2,
 * §6.2.2.1).
 */
static void test_certbot_form(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(json_release) json_t *jwk = NULL;

	(void)state;
	assert_done(parse(&key, RFC7515_ES256_JWK, true));
	assert_done(jwk_private(&jwk, key));
	AUTO(free) char *text = json_spaced(jwk);

	assert_string_equal(text, "{\"d\": \"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\", "
				  "\"x\": \"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\", "
				  "\"y\": \"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\", "
				  "\"crv\": \"P-256\", \"kty\": \"EC\"}");
}

static void test_rsa_members(void **state)
{
	static const char *const order[] = { "n", "e", "d", "p", "q", "dp", "dq", "qi", "kty" };
	AUTO(evp_pkey_free) EVP_PKEY *key = generate("RSA");
	AUTO(evp_pkey_free) EVP_PKEY *back = NULL;
	AUTO(json_release) json_t *jwk = NULL;
	const char *name;
	json_t *value;
	size_t at = 0;

	(void)state;
	assert_done(jwk_private(&jwk, key));
	json_object_foreach(jwk, name, value) assert_string_equal(name, order[at++]);
	assert_int_equal(at, ARRAY_LEN(order));
	/* RFC 7518 §6.3.2: without the primes it is a private key still */
	for (size_t i = 3; i < 8; i++)
		(void)json_object_del(jwk, order[i]);
	assert_done(jwk_parse(&back, jwk, true));
}

#define X "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
#define Y "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
#define EC_KEY(x, y, more) \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" x "\",\"y\":\"" y "\"" more "}"

static const struct {
	const char *jwk;
	bool want_private;
	enum err_code code;
	const char *part;
} hostile[] = {
	{ "[]", false, ERR_PARSE, "no JSON object" },
	{ "{}", false, ERR_PARSE, "\"kty\" is missing" },
	{ "{\"kty\":1}", false, ERR_PARSE, "\"kty\" is a number" },
	{ "{\"kty\":\"oct\",\"k\":\"AA\"}", false, ERR_CRYPTO, "type oct" },
	{ "{\"kty\":\"EC\",\"crv\":\"P-192\"}", false, ERR_CRYPTO, "P-192" },
	{ "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" X "\"}", false, ERR_CRYPTO, "X25519" },
	{ "{\"kty\":\"OKP\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\"}", false, ERR_CRYPTO,
	  "OKP P-256" },
	{ EC_KEY(X, X, ""), false, ERR_CRYPTO,
	  "no EC key" }, /* off the curve (RFC 8555 §6.2 by way of RFC 7518 §6.2.1) */
	{ EC_KEY("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ""),
	  false, ERR_CRYPTO, "no EC key" },
	{ EC_KEY("____________________________________________", Y, ""), false, ERR_PARSE,
	  "33 bytes where 32 belong" },
	{ EC_KEY("MKBC", Y, ""), false, ERR_PARSE, "3 bytes where 32 belong" },
	{ EC_KEY(X "=", Y, ""), false, ERR_PARSE, "key member \"x\"" },
	{ EC_KEY(X, "", ""), false, ERR_PARSE, "0 bytes where 32 belong" },
	{ EC_KEY(X, Y, ""), true, ERR_PARSE, "\"d\" is missing" },
	/* the private part of another key */
	{ EC_KEY(X, Y, ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""), true, ERR_CRYPTO,
	  "does not fit" },
	{ EC_KEY(X, Y, ",\"d\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""), true, ERR_CRYPTO,
	  "" },
	{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X
	  "\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}",
	  true, ERR_CRYPTO, "does not fit" },
	{ "{\"kty\":\"RSA\",\"n\":\"0vx7\",\"e\":\"AQAB\"}", false, ERR_CRYPTO, "under 2048 bits" },
	{ "{\"kty\":\"RSA\",\"n\":\"AAD7\",\"e\":\"AQAB\"}", false, ERR_PARSE,
	  "starts with a zero byte" }, /* RFC 7518 §2 */
	{ "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}", false, ERR_PARSE, "empty" },
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

		assert_refused(parse(&key, hostile[i].jwk, hostile[i].want_private),
			       hostile[i].code, hostile[i].part);
		assert_null(key);
	}
}

static struct err *parse_rsa(const char *n, size_t repeat, const char *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(8192);
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	buf_addf(&text, "{\"kty\":\"RSA\",\"e\":\"%s\",\"n\":\"", e);
	for (size_t i = 0; i < repeat; i++)
		buf_adds(&text, n);
	buf_adds(&text, "\"}");
	return parse(&key, buf_str(&text), false);
}

/* RFC 7518 §6.3.1 */
static void test_rsa_sizes(void **state)
{
	(void)state;
	assert_done(parse_rsa("____", 100, "AQAB"));
	assert_done(parse_rsa("____", 100, "Aw"));
	assert_refused(parse_rsa("____", 200, "AQAB"), ERR_LIMIT, "more than 512 bytes");
	assert_refused(parse_rsa("____", 80, "AQAB"), ERR_CRYPTO, "under 2048 bits");
	assert_refused(parse_rsa("___-", 100, "AQAB"), ERR_CRYPTO, "even modulus");
	assert_refused(parse_rsa("____", 100, "AQ"), ERR_CRYPTO, "exponent");
	assert_refused(parse_rsa("____", 100, "AQAC"), ERR_CRYPTO, "exponent");
	assert_refused(parse_rsa("____", 100, "____________"), ERR_CRYPTO, "exponent");
}

static void test_types_refused(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *small = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
	AUTO(evp_pkey_free) EVP_PKEY *koblitz = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1");
	AUTO(evp_pkey_free) EVP_PKEY *x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	AUTO(free) char *thumbprint = NULL;

	(void)state;
	assert_refused(jwk_thumbprint(&thumbprint, small), ERR_CRYPTO, "1024 bits");
	assert_refused(jwk_thumbprint(&thumbprint, koblitz), ERR_CRYPTO, "secp256k1");
	assert_refused(jwk_thumbprint(&thumbprint, x25519), ERR_CRYPTO, "neither RSA");
}

static void test_type_table(void **state)
{
	(void)state;
	assert_string_equal(key_type_by_name("secp521r1")->alg, "ES512");
	assert_string_equal(key_type_by_alg("EdDSA")->name, "ed25519");
	assert_string_equal(key_type_by_crv("P-384")->group, "secp384r1");
	assert_null(key_type_by_name("dsa"));
	assert_null(key_type_by_alg("none"));
	assert_null(key_type_by_alg("HS256"));
	assert_null(key_type_by_crv("secp256k1"));
}

/* A curve that is lent by another key gives the same key as one that is made; nothing else comes along. */
static void test_like_another(void **state)
{
	(void)state;
	for (size_t i = 1; i < ARRAY_LEN(generated); i++) {
		for (size_t j = 1; j < ARRAY_LEN(generated); j++) {
			AUTO(evp_pkey_free) EVP_PKEY *key = generate(generated[i]);
			AUTO(evp_pkey_free) EVP_PKEY *like = generate(generated[j]);
			AUTO(evp_pkey_free) EVP_PKEY *back = NULL;
			AUTO(evp_pkey_free) EVP_PKEY *bad = NULL;
			AUTO(bn_free) BIGNUM *private = NULL;
			struct key_numbers n = { 0 };

			assert_done(numbers_of_key(&n, key));
			assert_done(numbers_to_key_like(&back, &n, like));
			assert_int_equal(EVP_PKEY_eq(key, back), 1);
			assert_int_equal(EVP_PKEY_get_bn_param(back, "priv", &private), 0);
			n.a.len--;
			assert_refused(numbers_to_key_like(&bad, &n, like), ERR_CRYPTO, "length");
			n.a.len++;
			if (n.type->kind != KEY_EC)
				continue;
			n.b.bytes[n.b.len - 1] ^= 1; /* off the curve */
			assert_refused(numbers_to_key_like(&bad, &n, like), ERR_CRYPTO,
				       "no EC key");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_keys),    cmocka_unit_test(test_private_and_back),
		cmocka_unit_test(test_certbot_form),  cmocka_unit_test(test_rsa_members),
		cmocka_unit_test(test_hostile),       cmocka_unit_test(test_rsa_sizes),
		cmocka_unit_test(test_types_refused), cmocka_unit_test(test_type_table),
		cmocka_unit_test(test_like_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
