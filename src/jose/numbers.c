#include "jose/numbers.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <string.h>

#include "jose/openssl.h"

#define POINT_BYTES_MAX (1 + 2 * 66)

static struct err *read_number(struct number *out, const EVP_PKEY *key, const char *param)
{
	AUTO(bn_free) BIGNUM *n = NULL;

	if (EVP_PKEY_get_bn_param(key, param, &n) != 1)
		return openssl_err("reading the public key");
	out->len = (size_t)BN_num_bytes(n);
	if (out->len > sizeof(out->bytes) || BN_bn2binpad(n, out->bytes, (int)out->len) < 0)
		return err_new(ERR_CRYPTO, "a public key that is too large");
	return NULL;
}

static struct err *read_coordinate(struct number *out, const EVP_PKEY *key, const char *param,
				   size_t field)
{
	AUTO(bn_free) BIGNUM *n = NULL;

	if (EVP_PKEY_get_bn_param(key, param, &n) != 1 ||
	    BN_bn2binpad(n, out->bytes, (int)field) < 0)
		return openssl_err("reading the public key");
	out->len = field;
	return NULL;
}

/*
 * In one piece if it is uncompressed (SEC 1 §2.3.3): OpenSSL computes both coordinates anew for each question. A key that was read
 * from a compressed point gives it as it came.
 */
static struct err *read_point(struct key_numbers *out, const EVP_PKEY *key)
{
	size_t field = out->type->field_bytes;
	unsigned char point[POINT_BYTES_MAX];
	size_t len = 0;

	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
					    &len) != 1)
		return openssl_err("reading the public key");
	if (len != 1 + 2 * field || point[0] != 4) {
		TRY(read_coordinate(&out->a, key, OSSL_PKEY_PARAM_EC_PUB_X, field));
		return read_coordinate(&out->b, key, OSSL_PKEY_PARAM_EC_PUB_Y, field);
	}
	memcpy(out->a.bytes, point + 1, field);
	memcpy(out->b.bytes, point + 1 + field, field);
	out->a.len = out->b.len = field;
	return NULL;
}

static struct err *read_okp(struct key_numbers *out, const EVP_PKEY *key)
{
	out->a.len = sizeof(out->a.bytes);
	if (EVP_PKEY_get_raw_public_key(key, out->a.bytes, &out->a.len) != 1)
		return openssl_err("reading the public key");
	out->b.len = 0;
	return NULL;
}

struct err *numbers_of_key(struct key_numbers *out, const EVP_PKEY *key)
{
	TRY(key_type_of(&out->type, key));
	switch (out->type->kind) {
	case KEY_RSA:
		TRY(read_number(&out->a, key, OSSL_PKEY_PARAM_RSA_N));
		return read_number(&out->b, key, OSSL_PKEY_PARAM_RSA_E);
	case KEY_EC:
		return read_point(out, key);
	case KEY_OKP:
		return read_okp(out, key);
	}
	return err_new(ERR_INTERNAL, "unknown kind of key");
}

static bool is_odd(const struct number *n)
{
	return n->len > 0 && (n->bytes[n->len - 1] & 1) == 1;
}

static bool is_one(const struct number *n)
{
	return n->len == 1 && n->bytes[0] == 1;
}

static struct err *check_rsa(const struct key_numbers *n)
{
	if (n->a.len < RSA_BITS_MIN / 8 || (n->a.len == RSA_BITS_MIN / 8 && n->a.bytes[0] < 0x80))
		return err_new(ERR_CRYPTO, "an RSA key under %d bits", RSA_BITS_MIN);
	if (!is_odd(&n->a))
		return err_new(ERR_CRYPTO, "an RSA key with an even modulus");
	if (!is_odd(&n->b) || is_one(&n->b) || n->b.len > 8)
		return err_new(ERR_CRYPTO, "an RSA key with an unusable exponent");
	return NULL;
}

static struct err *check_lengths(const struct key_numbers *n)
{
	size_t second = n->type->kind == KEY_EC ? n->type->field_bytes : 0;

	if (n->type->kind == KEY_RSA)
		return check_rsa(n);
	if (n->a.len == n->type->field_bytes && n->b.len == second)
		return NULL;
	return err_new(ERR_CRYPTO, "a public key of the wrong length for %s", n->type->name);
}

static bool push_rsa(OSSL_PARAM_BLD *bld, const struct key_numbers *n, BIGNUM *modulus,
		     BIGNUM *exponent)
{
	return BN_bin2bn(n->a.bytes, (int)n->a.len, modulus) != NULL &&
	       BN_bin2bn(n->b.bytes, (int)n->b.len, exponent) != NULL &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, exponent) == 1;
}

/* Uncompressed (SEC 1 §2.3.3); its length. */
static size_t write_point(unsigned char point[POINT_BYTES_MAX], const struct key_numbers *n)
{
	size_t field = n->type->field_bytes;

	point[0] = 4;
	memcpy(point + 1, n->a.bytes, field);
	memcpy(point + 1 + field, n->b.bytes, field);
	return 1 + 2 * field;
}

static bool push_ec(OSSL_PARAM_BLD *bld, const struct key_numbers *n,
		    unsigned char point[POINT_BYTES_MAX])
{
	size_t len = write_point(point, n);

	return OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, n->type->group,
					       0) == 1 &&
	       OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, len) == 1;
}

static struct err *make_key(EVP_PKEY **out, const char *algorithm, OSSL_PARAM_BLD *bld,
			    int selection)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	bool done = params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
		    EVP_PKEY_fromdata(ctx, &key, selection, params) == 1;

	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	if (!done)
		return openssl_err("these numbers are no %s key", algorithm);
	*out = MOVE(key);
	return NULL;
}

/*
 * OpenSSL checks here that a point is on its curve; all our curves have cofactor 1, so that is all
 * there is to check.
 */
struct err *numbers_to_key_with(EVP_PKEY **out, const struct key_numbers *n, OSSL_PARAM_BLD *bld,
				int selection)
{
	AUTO(bn_free) BIGNUM *modulus = BN_new();
	AUTO(bn_free) BIGNUM *exponent = BN_new();
	unsigned char point[POINT_BYTES_MAX];

	TRY(check_lengths(n));
	switch (n->type->kind) {
	case KEY_RSA:
		if (!push_rsa(bld, n, modulus, exponent))
			return openssl_err("building an RSA key");
		return make_key(out, "RSA", bld, selection);
	case KEY_EC:
		if (!push_ec(bld, n, point))
			return openssl_err("building an EC key");
		return make_key(out, "EC", bld, selection);
	case KEY_OKP:
		if (OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, n->a.bytes,
						     n->a.len) != 1)
			return openssl_err("building an Ed25519 key");
		return make_key(out, "ED25519", bld, selection);
	}
	return err_new(ERR_INTERNAL, "unknown kind of key");
}

struct err *numbers_to_key(EVP_PKEY **out, const struct key_numbers *n)
{
	AUTO(param_bld_free) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();

	return numbers_to_key_with(out, n, bld, EVP_PKEY_PUBLIC_KEY);
}

static bool is_of_type(const EVP_PKEY *key, const struct key_type *type)
{
	const struct key_type *its = NULL;
	AUTO(err_free) struct err *e = key != NULL ? key_type_of(&its, key) : NULL;

	return e == NULL && its == type;
}

/* OpenSSL checks here too that the point is on the curve. */
struct err *numbers_to_key_like(EVP_PKEY **out, const struct key_numbers *n, const EVP_PKEY *like)
{
	unsigned char point[POINT_BYTES_MAX];

	TRY(check_lengths(n));
	if (n->type->kind != KEY_EC || !is_of_type(like, n->type))
		return numbers_to_key(out, n);
	AUTO(evp_pkey_free) EVP_PKEY *key = EVP_PKEY_new();
	size_t len = write_point(point, n);

	if (key == NULL || EVP_PKEY_copy_parameters(key, like) != 1 ||
	    EVP_PKEY_set1_encoded_public_key(key, point, len) != 1)
		return openssl_err("these numbers are no EC key");
	*out = MOVE(key);
	return NULL;
}
