#include "jose/jwk.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/str.h"
#include "jose/base64url.h"
#include "jose/numbers.h"
#include "jose/openssl.h"

#define SHOWN 32 /* of a foreign word, in an error */

struct member {
	const char *name;
	const char *param; /* OpenSSL's name of it */
};

/*
 * One row a kind of key. The public order is the one of RFC 7638 §3.2, the private one is Certbot's
 * (josepy's).
 */
static const struct shape {
	const char *public_order[5];
	const char *private_order[10];
	const char *a, *b;        /* members that are key_numbers' a and b */
	struct member secrets[7]; /* the first is required, the others come all or not at all */
} shapes[] = {
	[KEY_RSA] = {
		.public_order = { "e", "kty", "n" },
		.private_order = { "n", "e", "d", "p", "q", "dp", "dq", "qi", "kty" },
		.a = "n",
		.b = "e",
		.secrets = {
			{ "d", OSSL_PKEY_PARAM_RSA_D },
			{ "p", OSSL_PKEY_PARAM_RSA_FACTOR1 },
			{ "q", OSSL_PKEY_PARAM_RSA_FACTOR2 },
			{ "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1 },
			{ "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2 },
			{ "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
		},
	},
	[KEY_EC] = {
		.public_order = { "crv", "kty", "x", "y" },
		.private_order = { "d", "x", "y", "crv", "kty" },
		.a = "x",
		.b = "y",
		.secrets = { { "d", OSSL_PKEY_PARAM_PRIV_KEY } },
	},
	[KEY_OKP] = {
		.public_order = { "crv", "kty", "x" },
		.private_order = { "d", "x", "crv", "kty" },
		.a = "x",
		.b = NULL,
		.secrets = { { "d", OSSL_PKEY_PARAM_PRIV_KEY } },
	},
};

static bool is(const char *a, const char *b)
{
	return b != NULL && streq(a, b);
}

static void set_bytes(json_t *obj, const char *name, const void *data, size_t len)
{
	char *text = base64url_encode(data, len);

	(void)json_object_set_new(obj, name, json_string(text));
	OPENSSL_cleanse(text, strlen(text));
	free(text);
}

/* False when name is no public member. */
static bool set_public(json_t *obj, const char *name, const struct key_numbers *n)
{
	const struct shape *shape = &shapes[n->type->kind];

	if (streq(name, "kty"))
		(void)json_object_set_new(obj, name, json_string(n->type->kty));
	else if (streq(name, "crv"))
		(void)json_object_set_new(obj, name, json_string(n->type->crv));
	else if (streq(name, shape->a))
		set_bytes(obj, name, n->a.bytes, n->a.len);
	else if (is(name, shape->b))
		set_bytes(obj, name, n->b.bytes, n->b.len);
	else
		return false;
	return true;
}

struct err *jwk_public(json_t **out, const EVP_PKEY *key)
{
	AUTO(json_release) json_t *obj = json_object();
	struct key_numbers n;

	TRY(numbers_of_key(&n, key));
	for (const char *const *name = shapes[n.type->kind].public_order; *name != NULL; name++)
		(void)set_public(obj, *name, &n);
	*out = MOVE(obj);
	return NULL;
}

/*
 * The bytes of a private number: as long as it needs (RFC 7518 §6.3.2), or as long as the curve
 * says (§6.2.2.1).
 */
static bool private_bytes(struct number *out, const EVP_PKEY *key, const struct key_type *type,
			  const char *param)
{
	AUTO(bn_free) BIGNUM *n = NULL;

	out->len = sizeof(out->bytes);
	if (type->kind == KEY_OKP)
		return EVP_PKEY_get_raw_private_key(key, out->bytes, &out->len) == 1;
	if (EVP_PKEY_get_bn_param(key, param, &n) != 1)
		return false;
	out->len = type->kind == KEY_EC ? type->field_bytes : (size_t)BN_num_bytes(n);
	return out->len <= sizeof(out->bytes) && BN_bn2binpad(n, out->bytes, (int)out->len) >= 0;
}

static const struct member *secret_member(const struct shape *shape, const char *name)
{
	const struct member *m = shape->secrets;

	while (m->name != NULL && !streq(m->name, name))
		m++;
	return m;
}

struct err *jwk_private(json_t **out, const EVP_PKEY *key)
{
	AUTO(json_release) json_t *obj = json_object();
	struct key_numbers n = { 0 };
	struct number secret;

	TRY(numbers_of_key(&n, key));
	const struct shape *shape = &shapes[n.type->kind];

	for (const char *const *name = shape->private_order; *name != NULL; name++) {
		if (set_public(obj, *name, &n))
			continue;
		if (!private_bytes(&secret, key, n.type, secret_member(shape, *name)->param))
			return openssl_err("the key has no private part \"%s\"", *name);
		set_bytes(obj, *name, secret.bytes, secret.len);
		OPENSSL_cleanse(&secret, sizeof(secret));
	}
	*out = MOVE(obj);
	return NULL;
}

/* fixed_len 0: any length, but no leading zero byte (RFC 7518 §2, Base64urlUInt). */
static struct err *read_member(struct number *out, const json_t *jwk, const char *name,
			       size_t fixed_len)
{
	struct buf bytes = BUF_INIT(sizeof(out->bytes));
	const char *text = NULL;

	TRY(json_get_string(&text, jwk, name, JSON_REQUIRED));
	struct err *e = base64url_decode(&bytes, text, strlen(text));

	if (e == NULL && fixed_len > 0 && bytes.len != fixed_len)
		e = err_new(ERR_PARSE, "%zu bytes where %zu belong", bytes.len, fixed_len);
	if (e == NULL && fixed_len == 0 && (bytes.len == 0 || bytes.data[0] == 0))
		e = err_new(ERR_PARSE, "a number that is empty or starts with a zero byte");
	if (e == NULL) {
		memcpy(out->bytes, bytes.data, bytes.len);
		out->len = bytes.len;
	}
	if (bytes.data != NULL)
		OPENSSL_cleanse(bytes.data, bytes.cap);
	buf_release(&bytes);
	return err_wrap(e, "key member \"%s\"", name);
}

static const struct key_type *find_type(const char *kty, const char *crv)
{
	const struct key_type *type = NULL;

	if (streq(kty, "RSA"))
		return key_type_by_name("rsa");
	if (crv != NULL)
		type = key_type_by_crv(crv);
	return type != NULL && streq(type->kty, kty) ? type : NULL;
}

static struct err *refuse_type(const char *kty, const char *crv)
{
	AUTO(free) char *shown = str_printable(kty, SHOWN);
	AUTO(free) char *curve = str_printable(crv != NULL ? crv : "", SHOWN);

	return err_new(ERR_CRYPTO, "keys of type %s %s are not supported", shown, curve);
}

static struct err *read_public(struct key_numbers *out, const json_t *jwk)
{
	const char *kty = NULL;
	const char *crv = NULL;

	TRY(json_get_string(&kty, jwk, "kty", JSON_REQUIRED));
	TRY(json_get_string(&crv, jwk, "crv", JSON_OPTIONAL));
	out->type = find_type(kty, crv);
	if (out->type == NULL)
		return refuse_type(kty, crv);
	const struct shape *shape = &shapes[out->type->kind];

	TRY(read_member(&out->a, jwk, shape->a, out->type->field_bytes));
	if (shape->b == NULL) {
		out->b.len = 0;
		return NULL;
	}
	return read_member(&out->b, jwk, shape->b, out->type->field_bytes);
}

static struct err *push_secret(OSSL_PARAM_BLD *bld, BIGNUM **kept, const struct number *n,
			       const char *param)
{
	*kept = BN_secure_new();
	if (*kept == NULL || BN_bin2bn(n->bytes, (int)n->len, *kept) == NULL ||
	    OSSL_PARAM_BLD_push_BN(bld, param, *kept) != 1)
		return openssl_err("reading a private key");
	return NULL;
}

struct secrets {
	struct number numbers[ARRAY_LEN(shapes[0].secrets)];
	BIGNUM *bns[ARRAY_LEN(shapes[0].secrets)];
};

static void secrets_release(struct secrets *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->bns); i++)
		BN_clear_free(s->bns[i]);
	OPENSSL_cleanse(s, sizeof(*s));
}

AUTO_RELEASE(struct secrets, secrets_release)

static struct err *push_secrets(OSSL_PARAM_BLD *bld, struct secrets *s, const json_t *jwk,
				const struct key_type *type)
{
	const struct member *m = shapes[type->kind].secrets;

	for (size_t i = 0; m[i].name != NULL; i++) {
		if (i > 0 && json_object_get(jwk, m[1].name) == NULL)
			return NULL; /* RFC 7518 §6.3.2: d alone is enough */
		TRY(read_member(&s->numbers[i], jwk, m[i].name, type->field_bytes));
		if (type->kind != KEY_OKP)
			TRY(push_secret(bld, &s->bns[i], &s->numbers[i], m[i].param));
		else if (OSSL_PARAM_BLD_push_octet_string(bld, m[i].param, s->numbers[i].bytes,
							  s->numbers[i].len) != 1)
			return openssl_err("reading a private key");
	}
	return NULL;
}

/* Only a signature that the public part accepts shows that the two parts belong together. */
static struct err *check_pair(EVP_PKEY *key, const struct key_type *type)
{
	static const unsigned char text[] = "pair";
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[RSA_BITS_MAX / 8];
	size_t len = sizeof(sig);
	bool fits = EVP_DigestSignInit_ex(ctx, NULL, type->digest, NULL, NULL, key, NULL) == 1 &&
		    EVP_DigestSign(ctx, sig, &len, text, sizeof(text)) == 1 &&
		    EVP_MD_CTX_reset(ctx) == 1 &&
		    EVP_DigestVerifyInit_ex(ctx, NULL, type->digest, NULL, NULL, key, NULL) == 1 &&
		    EVP_DigestVerify(ctx, sig, len, text, sizeof(text)) == 1;

	EVP_MD_CTX_free(ctx);
	return fits ? NULL
		    : openssl_err("the private part of the key does not fit its public part");
}

static struct err *parse_private(EVP_PKEY **out, const json_t *jwk, const struct key_numbers *n)
{
	AUTO(param_bld_free) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	AUTO(secrets_release) struct secrets secrets = { 0 };
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	TRY(push_secrets(bld, &secrets, jwk, n->type));
	TRY(numbers_to_key_with(&key, n, bld, EVP_PKEY_KEYPAIR));
	TRY(check_pair(key, n->type));
	*out = MOVE(key);
	return NULL;
}

struct err *jwk_parse(EVP_PKEY **out, const json_t *jwk, bool want_private)
{
	struct key_numbers n;

	if (!json_is_object(jwk))
		return err_new(ERR_PARSE, "a key that is no JSON object");
	TRY(read_public(&n, jwk));
	return want_private ? parse_private(out, jwk, &n) : numbers_to_key(out, &n);
}

/* RFC 7638 §3 */
struct err *jwk_thumbprint(char **out, const EVP_PKEY *key)
{
	AUTO(json_release) json_t *obj = NULL;
	unsigned char digest[SHA256_DIGEST_LENGTH];

	TRY(jwk_public(&obj, key));
	AUTO(free) char *text = json_compact(obj);

	SHA256((const unsigned char *)text, strlen(text), digest);
	*out = base64url_encode(digest, sizeof(digest));
	return NULL;
}
