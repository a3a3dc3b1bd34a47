#include "check.h"

#include "base/buf.h"
#include "jose/base64url.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "jose/signature.h"
#include "vectors.h"

static EVP_PKEY *key_of(const char *text, bool want_private)
{
	AUTO(json_release) json_t *jwk = json_loads(text, 0, NULL);
	EVP_PKEY *key = NULL;

	assert_done(jwk_parse(&key, jwk, want_private));
	return key;
}

static struct signer *signer_of(const char *text)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = key_of(text, true);
	struct signer *s = NULL;

	assert_done(signer_from_pkey(&s, key));
	return s;
}

static void secret_of(struct secret *out, const char *text)
{
	AUTO(buf_release) struct buf b = BUF_INIT(1024);

	assert_done(base64url_decode(&b, text, strlen(text)));
	secret_set(out, b.data, b.len);
}

#define FLATTENED(protected, payload, signature)                                                  \
	"{\"protected\":\"" protected "\",\"payload\":\"" payload "\",\"signature\":\"" signature \
				      "\"}"

/* RFC 7515 Appendix A.2, A.3; RFC 8037 Appendix A.5 */
static const struct {
	const char *jwk, *text, *payload_start;
} printed[] = {
	{ RFC7515_RS256_JWK,
	  FLATTENED(RFC7515_RS256_HEADER, RFC7515_PAYLOAD, RFC7515_RS256_SIGNATURE),
	  "{\"iss\":\"joe\"" },
	{ RFC7515_ES256_JWK,
	  FLATTENED(RFC7515_ES256_HEADER, RFC7515_PAYLOAD, RFC7515_ES256_SIGNATURE),
	  "{\"iss\":\"joe\"" },
	{ RFC8037_OKP,
	  FLATTENED("eyJhbGciOiJFZERTQSJ9", "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
		    RFC8037_SIGNATURE),
	  "Example of Ed25519" },
};

static void test_printed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(printed); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = key_of(printed[i].jwk, false);
		AUTO(jws_free) struct jws *j = NULL;

		assert_done(jws_parse(&j, printed[i].text, strlen(printed[i].text)));
		assert_true(str_starts(buf_str(&j->payload), printed[i].payload_start));
		assert_done(jws_verify(j, key));
		for (size_t other = 0; other < ARRAY_LEN(printed); other++) {
			AUTO(evp_pkey_free) EVP_PKEY *wrong = key_of(printed[other].jwk, false);

			if (other != i)
				assert_refused(jws_verify(j, wrong), ERR_CRYPTO,
					       "does not fit a key");
		}
	}
}

/* RFC 7515 Appendix A.1 */
static void test_printed_mac(void **state)
{
	static const char text[] = FLATTENED(RFC7515_HS256_HEADER, RFC7515_PAYLOAD,
					     RFC7515_HS256_SIGNATURE);
	AUTO(evp_pkey_free) EVP_PKEY *key = key_of(RFC7515_ES256_JWK, false);
	AUTO(secret_release) struct secret mac = { 0 };
	AUTO(jws_free) struct jws *j = NULL;

	(void)state;
	secret_of(&mac, RFC7515_HS256_KEY);
	assert_done(jws_parse(&j, text, strlen(text)));
	assert_null(j->type);
	assert_done(jws_verify_mac(j, &mac));
	assert_refused(jws_verify(j, key), ERR_CRYPTO, "HS256 does not fit a key");
	mac.data[0] ^= 1;
	assert_refused(jws_verify_mac(j, &mac), ERR_CRYPTO, "the MAC is not the key's");
}

/* RFC 7515 §5.1, §7.2.2; RFC 8555 §6.2: alg, jwk or kid, nonce, url */
static void test_sign_with_jwk(void **state)
{
	AUTO(signer_free) struct signer *s = signer_of(RFC8037_OKP);
	AUTO(free) char *text = NULL;
	AUTO(jws_free) struct jws *j = NULL;
	struct jws_header h = { NULL, "oFvnlFP1wIhRlYS2jTaXbA", "https://ca.test/new-account" };

	(void)state;
	assert_done(jws_sign(&text, s, &h, "{\"a\":1}"));
	assert_done(jws_parse(&j, text, strlen(text)));
	AUTO(free) char *header = json_compact(j->header);

	assert_string_equal(
		header,
		"{\"alg\":\"EdDSA\",\"jwk\":{\"crv\":\"Ed25519\",\"kty\":\"OKP\","
		"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
		"\"nonce\":\"oFvnlFP1wIhRlYS2jTaXbA\",\"url\":\"https://ca.test/new-account\"}");
	assert_string_equal(buf_str(&j->payload), "{\"a\":1}");
	assert_null(j->kid);
	assert_non_null(j->jwk);
	assert_done(jws_verify(j, s->public_key));
}

/* RFC 8555 §6.3: POST-as-GET has the empty string as its payload */
static void test_sign_with_kid(void **state)
{
	AUTO(signer_free) struct signer *s = signer_of(RFC7515_ES256_JWK);
	AUTO(free) char *text = NULL;
	AUTO(jws_free) struct jws *j = NULL;
	struct jws_header h = { "https://ca.test/acct/1", "AAAA", "https://ca.test/order/1" };

	(void)state;
	assert_done(jws_sign(&text, s, &h, NULL));
	assert_non_null(strstr(text, "\"payload\":\"\""));
	assert_done(jws_parse(&j, text, strlen(text)));
	assert_string_equal(j->kid, "https://ca.test/acct/1");
	assert_string_equal(j->nonce, "AAAA");
	assert_string_equal(j->url, "https://ca.test/order/1");
	assert_null(j->jwk);
	assert_int_equal(j->payload.len, 0);
	assert_int_equal(j->signature.len, 64);
	assert_done(jws_verify(j, s->public_key));
}

/* RFC 8555 §7.3.5: the inner JWS of a key change has no nonce */
static void test_sign_without_nonce(void **state)
{
	AUTO(signer_free) struct signer *s = signer_of(RFC7515_ES256_JWK);
	AUTO(free) char *text = NULL;
	AUTO(jws_free) struct jws *j = NULL;
	struct jws_header h = { NULL, NULL, "https://ca.test/key-change" };

	(void)state;
	assert_done(jws_sign(&text, s, &h, "{}"));
	assert_done(jws_parse(&j, text, strlen(text)));
	assert_null(json_object_get(j->header, "nonce"));
}

static const char *const macs[] = { "HS256", "HS384", "HS512" };
static const size_t mac_lengths[] = { 32, 48, 64 };

/* RFC 7518 §3.2 */
static void test_macs(void **state)
{
	AUTO(secret_release) struct secret key = { 0 };
	struct jws_header h = { "kid-1", NULL, "https://ca.test/new-account" };
	AUTO(free) char *none = NULL;

	(void)state;
	secret_of(&key, RFC7515_HS256_KEY);
	for (size_t i = 0; i < ARRAY_LEN(macs); i++) {
		AUTO(free) char *text = NULL;
		AUTO(jws_free) struct jws *j = NULL;

		assert_done(jws_sign_mac(&text, macs[i], &key, &h, "{}"));
		assert_done(jws_parse(&j, text, strlen(text)));
		assert_int_equal(j->signature.len, mac_lengths[i]);
		assert_done(jws_verify_mac(j, &key));
		j->signature.len--;
		assert_refused(jws_verify_mac(j, &key), ERR_CRYPTO, "the MAC is not the key's");
	}
	assert_refused(jws_sign_mac(&none, "ES256", &key, &h, "{}"), ERR_USAGE,
		       "unknown MAC algorithm ES256");
}

static void test_payload_too_large(void **state)
{
	AUTO(signer_free) struct signer *s = signer_of(RFC7515_ES256_JWK);
	AUTO(free) char *payload = xcalloc(1, 1 << 20);
	AUTO(free) char *text = NULL;
	struct jws_header h = { "https://ca.test/acct/1", "AAAA", "https://ca.test/order/1" };

	(void)state;
	memset(payload, 'x', (1 << 20) - 1);
	assert_refused(jws_sign(&text, s, &h, payload), ERR_LIMIT, "the request is larger");
}

/* RFC 7515 §4.1.11, RFC 7797 §6. header: the protected header as text; the rest of the JWS is fine.
 */
static const struct {
	const char *header;
	enum err_code code;
	const char *part;
} headers[] = {
	{ "", ERR_PARSE, "protected header: not JSON" },
	{ "[]", ERR_PARSE, "\"alg\"" },
	{ "{}", ERR_PARSE, "\"alg\" is missing" },
	{ "{\"alg\":\"none\"}", ERR_CRYPTO, "algorithm \"none\" are not taken" },
	{ "{\"alg\":\"PS256\"}", ERR_CRYPTO, "PS256" },
	{ "{\"alg\":\"es256\"}", ERR_CRYPTO, "es256" },
	{ "{\"alg\":\"\\u001b[31m\"}", ERR_CRYPTO, "\\x1b[31m" },
	{ "{\"alg\":256}", ERR_PARSE, "\"alg\" is a number" },
	{ "{\"alg\":\"ES256\",\"alg\":\"none\"}", ERR_PARSE, "not JSON" },
	{ "{\"alg\":\"ES256\",\"crit\":[\"exp\"]}", ERR_PARSE, "\"crit\" is not understood" },
	{ "{\"alg\":\"ES256\",\"crit\":[]}", ERR_PARSE, "\"crit\" is not understood" },
	{ "{\"alg\":\"ES256\",\"b64\":false}", ERR_PARSE, "\"b64\" is not understood" },
	{ "{\"alg\":\"ES256\",\"jwk\":{},\"kid\":\"x\"}", ERR_PARSE, "both \"jwk\" and \"kid\"" },
	{ "{\"alg\":\"ES256\",\"jwk\":\"x\"}", ERR_PARSE, "\"jwk\" is a string" },
	{ "{\"alg\":\"ES256\",\"kid\":7}", ERR_PARSE, "\"kid\" is a number" },
	{ "{\"alg\":\"ES256\"} x", ERR_PARSE, "not JSON" },
};

static void test_hostile_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		AUTO(free)
		char *protected = base64url_encode(headers[i].header, strlen(headers[i].header));
		AUTO(free)
		char *text = str_fmt(
			"{\"protected\":\"%s\",\"payload\":\"\",\"signature\":\"AAAA\"}",
			protected);
		AUTO(jws_free) struct jws *j = NULL;

		assert_refused(jws_parse(&j, text, strlen(text)), headers[i].code, headers[i].part);
		assert_null(j);
	}
}

#define ES256 "eyJhbGciOiJFUzI1NiJ9"

static const struct {
	const char *text, *part;
} hostile[] = {
	{ "", "not JSON" },
	{ "[]", "not a JSON object" },
	{ "null", "not JSON" },
	{ ES256 ".e30.AAAA", "not JSON" }, /* compact serialization */
	{ "{}", "\"protected\" is missing" },
	{ "{\"protected\":\"" ES256 "\",\"signature\":\"AAAA\"}", "\"payload\" is missing" },
	{ "{\"protected\":\"" ES256 "\",\"payload\":\"\"}", "\"signature\" is missing" },
	{ FLATTENED(ES256, "", ""), "no signature" },
	{ FLATTENED(ES256, "e30=", "AAAA"), "field \"payload\": not base64url" },
	{ FLATTENED("e+==", "", "AAAA"), "field \"protected\": not base64url" },
	{ FLATTENED(ES256, "", "A"), "field \"signature\": not base64url" },
	{ "{\"protected\":\"" ES256 "\",\"payload\":{},\"signature\":\"AAAA\"}",
	  "\"payload\" is an object" },
	{ "{\"header\":{},\"protected\":\"" ES256 "\",\"payload\":\"\",\"signature\":\"AAAA\"}",
	  "\"header\" is not allowed" },
	{ "{\"signatures\":[],\"protected\":\"" ES256 "\",\"payload\":\"\",\"signature\":\"AAAA\"}",
	  "\"signatures\" is not allowed" },
	{ "{\"protected\":\"" ES256 "\",\"protected\":\"" ES256
	  "\",\"payload\":\"\",\"signature\":\"AAAA\"}",
	  "not JSON" },
};

/* RFC 8555 §6.2 */
static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		AUTO(jws_free) struct jws *j = NULL;

		assert_refused(jws_parse(&j, hostile[i].text, strlen(hostile[i].text)), ERR_PARSE,
			       hostile[i].part);
		assert_null(j);
	}
}

/* RFC 7518 §3.4: other forms of the same signature are none */
static void test_der_signature(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = key_of(RFC7515_ES256_JWK, true);
	AUTO(signing_free) struct signing *signing = NULL;
	AUTO(buf_release) struct buf der = BUF_INIT(256);
	AUTO(jws_free) struct jws *j = NULL;

	(void)state;
	assert_done(signing_new(&signing, key));
	assert_done(signing_sign_der(signing, ES256 ".e30", strlen(ES256 ".e30"), &der));
	AUTO(free) char *sig = base64url_encode(der.data, der.len);
	AUTO(free)
	char *text = str_fmt("{\"protected\":\"%s\",\"payload\":\"e30\",\"signature\":\"%s\"}",
			     ES256, sig);

	assert_done(jws_parse(&j, text, strlen(text)));
	assert_refused(jws_verify(j, key), ERR_CRYPTO, "the signature is not the key's");
}

static void test_tampered(void **state)
{
	AUTO(signer_free) struct signer *s = signer_of(RFC7515_ES256_JWK);
	AUTO(free) char *text = NULL;
	struct jws_header h = { "https://ca.test/acct/1", "AAAA", "https://ca.test/order/1" };

	(void)state;
	assert_done(jws_sign(&text, s, &h, "{\"a\":1}"));
	char *payload = strstr(text, "\"payload\":\"");
	AUTO(jws_free) struct jws *j = NULL;

	assert_non_null(payload);
	payload[strlen("\"payload\":\"") + 4]++;
	assert_done(jws_parse(&j, text, strlen(text)));
	assert_refused(jws_verify(j, s->public_key), ERR_CRYPTO, "the signature is not the key's");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printed),
		cmocka_unit_test(test_printed_mac),
		cmocka_unit_test(test_sign_with_jwk),
		cmocka_unit_test(test_sign_with_kid),
		cmocka_unit_test(test_sign_without_nonce),
		cmocka_unit_test(test_macs),
		cmocka_unit_test(test_payload_too_large),
		cmocka_unit_test(test_hostile_headers),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_der_signature),
		cmocka_unit_test(test_tampered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
