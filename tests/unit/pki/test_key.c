#include "make.h"

#include "jose/jwk.h"
#include "pki/pem.h"
#include "pki/spki.h"

static const char *const types[] = { "rsa", "secp256r1", "secp384r1", "secp521r1", "ed25519" };
static const char *const families[] = { "RSA", "ECDSA", "ECDSA", "ECDSA", "Ed25519" };
static const unsigned bits[] = { 2048, 256, 384, 521, 256 };

static void test_generate_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = make_key(types[i]);
		AUTO(evp_pkey_free) EVP_PKEY *back = NULL;
		AUTO(buf_release) struct buf pem = BUF_INIT(8192);

		assert_string_equal(key_family(key), families[i]);
		assert_int_equal(key_bits(key), bits[i]);
		assert_done(key_to_pem(&pem, key));
		assert_true(str_starts(pem.data, "-----BEGIN PRIVATE KEY-----\n"));
		assert_true(str_ends(pem.data, "-----END PRIVATE KEY-----\n"));
		assert_done(key_from_pem(&back, pem.data, pem.len));
		assert_int_equal(EVP_PKEY_eq(key, back), 1);
		assert_true(key_same_public(key, back));
	}
}

static void test_refuses(void **state)
{
	static const char not_a_key[] =
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	(void)state;
	assert_refused(key_generate(&key, "dsa", 0), ERR_USAGE, "unknown key type dsa");
	assert_refused(key_generate(&key, "rsa", 1024), ERR_USAGE, "1024 bits");
	assert_refused(key_generate(&key, "rsa", 8192), ERR_USAGE, "2048 to 4096");
	assert_refused(key_from_pem(&key, "", 0), ERR_CRYPTO, "no private key");
	assert_refused(key_from_pem(&key, not_a_key, strlen(not_a_key)), ERR_CRYPTO,
		       "no private key");
	assert_null(key);
}

typedef int write_fn(BIO *, EVP_PKEY *);

static int write_traditional(BIO *b, EVP_PKEY *key)
{
	return PEM_write_bio_PrivateKey_traditional(b, key, NULL, NULL, 0, NULL, NULL);
}

static int write_encrypted(BIO *b, EVP_PKEY *key)
{
	char phrase[] = "secret";

	return PEM_write_bio_PKCS8PrivateKey(b, key, EVP_aes_128_cbc(), NULL, 0, NULL, phrase);
}

static int write_traditional_encrypted(BIO *b, EVP_PKEY *key)
{
	unsigned char phrase[] = "secret";

	return PEM_write_bio_PrivateKey_traditional(b, key, EVP_aes_128_cbc(), phrase, 6, NULL,
						    NULL);
}

static char *written(write_fn *fn, EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text = NULL;

	assert_int_equal(fn(b, key), 1);
	long len = BIO_get_mem_data(b, &text);
	char *copy = xstrndup(text, (size_t)len);

	BIO_free(b);
	return copy;
}

static void test_pass_phrase(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp256r1");
	AUTO(evp_pkey_free) EVP_PKEY *back = NULL;
	AUTO(buf_release) struct buf spki = BUF_INIT(1024);
	AUTO(free) char *pkcs8 = written(write_encrypted, key);
	AUTO(free) char *sec1 = written(write_traditional_encrypted, key);

	(void)state;
	assert_refused(key_from_pem(&back, pkcs8, strlen(pkcs8)), ERR_CRYPTO, "pass phrase");
	assert_refused(key_from_pem(&back, sec1, strlen(sec1)), ERR_CRYPTO, "pass phrase");
	assert_refused(key_file_spki(&spki, pkcs8, strlen(pkcs8)), ERR_CRYPTO, "pass phrase");
	assert_refused(key_file_spki(&spki, sec1, strlen(sec1)), ERR_CRYPTO, "pass phrase");
}

/* What OpenSSL's own encoder says. */
static void assert_spki_of(const struct buf *spki, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	assert_int_equal(spki->len, len);
	assert_memory_equal(spki->data, der, spki->len);
	OPENSSL_free(der);
}

static void test_spki(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = make_key(types[i]);
		AUTO(evp_pkey_free) EVP_PKEY *back = NULL;
		AUTO(buf_release) struct buf spki = BUF_INIT(1024);

		assert_done(spki_of_key(&spki, key));
		assert_spki_of(&spki, key);
		assert_done(spki_to_key(&back, DER_OF(spki.data, spki.len)));
		assert_true(key_same_public(key, back));
		spki.len--;
		assert_refused(spki_to_key(&back, DER_OF(spki.data, spki.len)), ERR_CRYPTO,
			       "cannot be read");
	}
}

/* A key that our table does not know goes through OpenSSL's decoder. */
static void test_foreign_spki(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *koblitz = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1");
	AUTO(evp_pkey_free) EVP_PKEY *back = NULL;
	unsigned char *der = NULL;
	struct key_numbers numbers;
	int len = i2d_PUBKEY(koblitz, &der);
	struct der spki = DER_OF(der, (size_t)len);

	(void)state;
	assert_false(spki_numbers(&numbers, spki));
	assert_done(spki_to_key(&back, spki));
	assert_int_equal(EVP_PKEY_eq(koblitz, back), 1);
	OPENSSL_free(der);
}

/* RFC 5958 §2, RFC 8017 §A.1.2, RFC 5915 §3 */
static void test_file_spki(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = make_key(types[i]);
		AUTO(buf_release) struct buf pem = BUF_INIT(8192);
		AUTO(buf_release) struct buf spki = BUF_INIT(1024);

		buf_adds(&pem, "text before it\n");
		assert_done(key_to_pem(&pem, key));
		assert_done(key_file_spki(&spki, pem.data, pem.len));
		assert_spki_of(&spki, key);
		if (i == 4)
			continue; /* Ed25519 has no traditional form */
		AUTO(free) char *old = written(write_traditional, key);

		buf_reset(&spki);
		assert_done(key_file_spki(&spki, old, strlen(old)));
		assert_spki_of(&spki, key);
	}
}

/* An EC key without its public part (RFC 5915 §3: optional) has to be loaded. */
static void test_file_without_public_part(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp256r1");
	AUTO(buf_release) struct buf der = BUF_INIT(512);
	AUTO(buf_release) struct buf pem = BUF_INIT(1024);
	AUTO(buf_release) struct buf spki = BUF_INIT(1024);
	struct der algorithm = spki_algorithm(key_type_by_name("secp256r1"));
	unsigned char d[32];
	BIGNUM *n = NULL;

	(void)state;
	assert_int_equal(EVP_PKEY_get_bn_param(key, "priv", &n), 1);
	assert_int_equal(BN_bn2binpad(n, d, 32), 32);
	BN_free(n);
	der_add_unsigned(&der, "", 1);
	buf_add(&der, algorithm.at, algorithm.len);
	size_t inner = der.len;

	der_add_unsigned(&der, "\x01", 1);
	der_add(&der, DER_OCTET_STRING, d, sizeof(d));
	der_wrap(&der, inner, DER_SEQUENCE);
	der_wrap(&der, inner, DER_OCTET_STRING);
	der_wrap(&der, 0, DER_SEQUENCE);
	pem_add(&pem, "PRIVATE KEY", der.data, der.len);
	assert_done(key_file_spki(&spki, pem.data, pem.len));
	assert_spki_of(&spki, key);
}

static void test_file_hostile(void **state)
{
	static const char *const texts[] = {
		"",
		"no key",
		"-----BEGIN PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\n!!!\n-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN EC PRIVATE KEY-----\nMAUCAQEEAA==\n-----END EC PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(buf_release) struct buf spki = BUF_INIT(1024);
		AUTO(err_free) struct err *e = key_file_spki(&spki, texts[i], strlen(texts[i]));

		assert_non_null(e);
		assert_int_equal(spki.len, 0);
	}
}

static void test_public_pem(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("rsa");
	AUTO(buf_release) struct buf pem = BUF_INIT(2048);
	BIO *b = BIO_new(BIO_s_mem());
	char *text = NULL;

	(void)state;
	assert_done(key_public_pem(&pem, key));
	assert_int_equal(PEM_write_bio_PUBKEY(b, key), 1);
	long len = BIO_get_mem_data(b, &text);

	assert_int_equal(pem.len, len);
	assert_memory_equal(pem.data, text, pem.len);
	BIO_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generate_and_back),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_pass_phrase),
		cmocka_unit_test(test_spki),
		cmocka_unit_test(test_foreign_spki),
		cmocka_unit_test(test_file_spki),
		cmocka_unit_test(test_file_without_public_part),
		cmocka_unit_test(test_file_hostile),
		cmocka_unit_test(test_public_pem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
