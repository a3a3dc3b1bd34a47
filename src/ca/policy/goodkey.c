#include "ca/policy/goodkey.h"

#include <openssl/bn.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/str.h"
#include "ca/config/config.h"
#include "ca/policy/blocked_keys.h"
#include "ca/policy/policy.h"
#include "ca/policy/weak_rsa.h"
#include "jose/numbers.h"
#include "pki/spki.h"

static const size_t rsa_bytes[] = { 2048 / 8, 3072 / 8, 4096 / 8 };
static const unsigned char exponent_f4[] = { 1, 0, 1 };

static bool has_allowed_size(const struct number *n)
{
	for (size_t i = 0; i < ARRAY_LEN(rsa_bytes); i++)
		if (n->len == rsa_bytes[i] && (n->bytes[0] & 0x80) != 0)
			return true;
	return false;
}

static struct err *check_rsa(const struct key_numbers *n)
{
	if (!has_allowed_size(&n->a))
		return err_new(ERR_CRYPTO, "an RSA key must have 2048, 3072 or 4096 bits");
	if (n->b.len != sizeof(exponent_f4) ||
	    memcmp(n->b.bytes, exponent_f4, sizeof(exponent_f4)) != 0)
		return err_new(ERR_CRYPTO, "the exponent of an RSA key must be 65537");
	AUTO(bn_free) BIGNUM *modulus = BN_bin2bn(n->a.bytes, (int)n->a.len, NULL);

	return weak_rsa_check(modulus);
}

static struct err *check_type(const struct policy *p, const struct key_numbers *n)
{
	if (n->type->kind == KEY_RSA)
		return check_rsa(n);
	if (n->type->kind == KEY_OKP)
		return err_new(ERR_CRYPTO, "Ed25519 keys are not taken");
	if (streq(n->type->name, "secp521r1") && !p->config->accounts.allow_p521)
		return err_new(ERR_CRYPTO, "P-521 keys are not taken; use P-256, P-384 or RSA");
	return NULL;
}

static struct err *check_blocked(const struct policy *p, const struct key_numbers *n)
{
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	unsigned char digest[SHA256_DIGEST_LENGTH];

	if (p->blocked_keys == NULL)
		return NULL;
	spki_add(&spki, n);
	TRY(buf_check(&spki, "the public key"));
	SHA256((const unsigned char *)spki.data, spki.len, digest);
	if (!blocked_keys_have(p->blocked_keys, digest))
		return NULL;
	return err_new(ERR_CRYPTO, "this key is known to others; make a new one");
}

struct err *goodkey_check_numbers(const struct policy *p, const struct key_numbers *n)
{
	TRY(check_type(p, n));
	return check_blocked(p, n);
}

/* A point that is off its curve or infinity never became an EVP_PKEY (jose/numbers). */
struct err *goodkey_check(const struct policy *p, const EVP_PKEY *key)
{
	struct key_numbers n;

	TRY(numbers_of_key(&n, key));
	return goodkey_check_numbers(p, &n);
}
