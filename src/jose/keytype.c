#include "jose/keytype.h"

#include "base/mem.h"
#include "base/str.h"

static const struct key_type types[] = {
	{ "rsa", KEY_RSA, "RSA", NULL, "RS256", NULL, "SHA256", 0 },
	{ "secp256r1", KEY_EC, "EC", "P-256", "ES256", "prime256v1", "SHA256", 32 },
	{ "secp384r1", KEY_EC, "EC", "P-384", "ES384", "secp384r1", "SHA384", 48 },
	{ "secp521r1", KEY_EC, "EC", "P-521", "ES512", "secp521r1", "SHA512", 66 },
	{ "ed25519", KEY_OKP, "OKP", "Ed25519", "EdDSA", NULL, NULL, 32 },
};

const struct key_type *key_type_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (streq(types[i].name, name))
			return &types[i];
	return NULL;
}

const struct key_type *key_type_by_alg(const char *alg)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (streq(types[i].alg, alg))
			return &types[i];
	return NULL;
}

const struct key_type *key_type_by_crv(const char *crv)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].crv != NULL && streq(types[i].crv, crv))
			return &types[i];
	return NULL;
}

static struct err *type_of_rsa(const struct key_type **out, const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return err_new(ERR_CRYPTO, "an RSA key of %d bits (%d to %d are allowed)", bits,
			       RSA_BITS_MIN, RSA_BITS_MAX);
	*out = key_type_by_name("rsa");
	return NULL;
}

static struct err *type_of_ec(const struct key_type **out, const EVP_PKEY *key)
{
	char group[64] = "";
	size_t len = 0;

	if (EVP_PKEY_get_group_name(key, group, sizeof(group), &len) != 1)
		return err_new(ERR_CRYPTO, "an EC key on a curve without a name");
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (types[i].group == NULL || !streq(types[i].group, group))
			continue;
		*out = &types[i];
		return NULL;
	}
	return err_new(ERR_CRYPTO, "an EC key on %s (P-256, P-384 and P-521 are allowed)", group);
}

struct err *key_type_of(const struct key_type **out, const EVP_PKEY *key)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return type_of_rsa(out, key);
	case EVP_PKEY_EC:
		return type_of_ec(out, key);
	case EVP_PKEY_ED25519:
		*out = key_type_by_name("ed25519");
		return NULL;
	default:
		return err_new(ERR_CRYPTO, "a key that is neither RSA, ECDSA nor Ed25519");
	}
}
