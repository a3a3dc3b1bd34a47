#include "pki/make.h"

#include <openssl/bn.h>

#include "ca/config/config.h"
#include "ca/policy/blocked_keys.h"
#include "ca/policy/goodkey.h"
#include "ca/policy/policy.h"
#include "ca/policy/weak_rsa.h"
#include "jose/numbers.h"
#include "pki/spki.h"

static struct ca_config config;
static struct policy policy = { .config = &config };

/* ca.md 5.4 */
static void test_types(void **state)
{
	static const struct {
		const char *type, *says;
	} rows[] = {
		{ "rsa", NULL },          { "secp256r1", NULL },    { "secp384r1", NULL },
		{ "secp521r1", "P-521" }, { "ed25519", "Ed25519" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = make_key(rows[i].type);

		if (rows[i].says == NULL)
			assert_done(goodkey_check(&policy, key));
		else
			assert_refused(goodkey_check(&policy, key), ERR_CRYPTO, rows[i].says);
	}
}

static void test_p521_by_configuration(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp521r1");

	(void)state;
	config.accounts.allow_p521 = true;
	assert_done(goodkey_check(&policy, key));
	config.accounts.allow_p521 = false;
}

static void set_number(struct number *out, const BIGNUM *n)
{
	out->len = (size_t)BN_num_bytes(n);
	assert_true(BN_bn2bin(n, out->bytes) > 0);
}

/* An RSA key of 2^(bits - 1) + more. */
static struct err *check_rsa(int bits, unsigned long more, unsigned long exponent)
{
	AUTO(bn_free) BIGNUM *modulus = BN_new();
	AUTO(bn_free) BIGNUM *e = BN_new();
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	struct key_numbers n = { .type = key_type_by_name("rsa") };

	BN_set_bit(modulus, bits - 1);
	BN_add_word(modulus, more);
	BN_set_word(e, exponent);
	set_number(&n.a, modulus);
	set_number(&n.b, e);
	TRY(numbers_to_key(&key, &n));
	return goodkey_check(&policy, key);
}

static void test_rsa_shape(void **state)
{
	(void)state;
	assert_done(check_rsa(2048, 3, 65537));
	assert_refused(check_rsa(2047, 3, 65537), ERR_CRYPTO, "bits");
	assert_refused(check_rsa(2056, 3, 65537), ERR_CRYPTO, "3072 or 4096 bits");
	assert_refused(check_rsa(4088, 3, 65537), ERR_CRYPTO, "3072 or 4096 bits");
	assert_refused(check_rsa(2048, 3, 3), ERR_CRYPTO, "exponent");
	assert_refused(check_rsa(2048, 3, 65539), ERR_CRYPTO, "exponent");
	assert_refused(check_rsa(2048, 1, 65537), ERR_CRYPTO, "small factor");
}

/* Both primes are the first two above 3 * 2^1022. */
static void test_fermat(void **state)
{
	AUTO(bn_free) BIGNUM *p = BN_new();
	AUTO(bn_free) BIGNUM *q = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	(void)state;
	BN_set_bit(p, 1023);
	BN_set_bit(p, 1022);
	BN_copy(q, p);
	BN_add_word(p, 1037);
	BN_add_word(q, 1697);
	BN_mul(p, p, q, ctx);
	assert_refused(weak_rsa_check(p), ERR_CRYPTO, "too close");
	BN_sqr(q, q, ctx);
	assert_refused(weak_rsa_check(q), ERR_CRYPTO, "too close");
	BN_CTX_free(ctx);
}

static bool is_prime(unsigned n)
{
	for (unsigned d = 2; d < n; d++)
		if (n % d == 0)
			return false;
	return true;
}

/* 65537 modulo every prime up to 167, and without a small factor. */
static void test_roca(void **state)
{
	AUTO(bn_free) BIGNUM *n = BN_new();

	(void)state;
	BN_set_word(n, 3);
	for (unsigned prime = 3; prime <= 167; prime++)
		if (is_prime(prime))
			BN_mul_word(n, prime);
	BN_lshift(n, n, 1828);
	BN_add_word(n, 65537);
	assert_int_equal(BN_num_bits(n), 2048);
	assert_refused(weak_rsa_check(n), ERR_CRYPTO, "ROCA");
	BN_add_word(n, 3 * 2);
	AUTO(err_free) struct err *other = weak_rsa_check(n);

	assert_true(other == NULL || strstr(other->msg, "ROCA") == NULL);
}

static char *digest_of(const EVP_PKEY *key)
{
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	AUTO(buf_release) struct buf hex = BUF_INIT(100);
	unsigned char digest[32];

	assert_done(spki_of_key(&spki, key));
	assert_int_equal(EVP_Digest(spki.data, spki.len, digest, NULL, EVP_sha256(), NULL), 1);
	for (size_t i = 0; i < sizeof(digest); i++)
		buf_addf(&hex, "%02x", digest[i]);
	return buf_detach(&hex);
}

static void test_blocked(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *bad = make_key("secp256r1");
	AUTO(evp_pkey_free) EVP_PKEY *good = make_key("secp256r1");
	AUTO(free) char *digest = digest_of(bad);
	AUTO(free) char *text = str_fmt("# known\n\n%064d\n  %s # leaked\n%064d", 7, digest, 1);

	(void)state;
	assert_done(blocked_keys_parse(&policy.blocked_keys, text));
	assert_refused(goodkey_check(&policy, bad), ERR_CRYPTO, "known to others");
	assert_done(goodkey_check(&policy, good));
	blocked_keys_free(policy.blocked_keys);
	policy.blocked_keys = NULL;
}

static void test_blocked_text(void **state)
{
	static const char *const bad[] = { "00", "# x\nzz", "0x00" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(blocked_keys_free) struct blocked_keys *b = NULL;

		assert_refused(blocked_keys_parse(&b, bad[i]), ERR_CONFIG,
			       i == 1 ? "line 2" : "line 1");
	}
	AUTO(blocked_keys_free) struct blocked_keys *none = NULL;

	assert_done(blocked_keys_parse(&none, ""));
	assert_false(blocked_keys_have(none, (const unsigned char[32]){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),        cmocka_unit_test(test_p521_by_configuration),
		cmocka_unit_test(test_rsa_shape),    cmocka_unit_test(test_fermat),
		cmocka_unit_test(test_roca),         cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_blocked_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
