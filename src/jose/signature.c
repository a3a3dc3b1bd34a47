#include "jose/signature.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "jose/openssl.h"

#define SIGNATURE_BYTES_MAX (RSA_BITS_MAX / 8)

struct signing {
	EVP_MD_CTX *ready;
	const struct key_type *type;
};

static void ecdsa_sig_free(ECDSA_SIG *s)
{
	ECDSA_SIG_free(s);
}

static void md_ctx_free(EVP_MD_CTX *c)
{
	EVP_MD_CTX_free(c);
}

static void openssl_free(unsigned char *p)
{
	OPENSSL_free(p);
}

AUTO_FREE(ECDSA_SIG, ecdsa_sig_free)
AUTO_FREE(EVP_MD_CTX, md_ctx_free)
AUTO_FREE(unsigned char, openssl_free)

struct err *signing_new(struct signing **out, EVP_PKEY *key)
{
	AUTO(signing_free) struct signing *s = xcalloc(1, sizeof(*s));

	TRY(key_type_of(&s->type, key));
	s->ready = EVP_MD_CTX_new();
	if (EVP_DigestSignInit_ex(s->ready, NULL, s->type->digest, NULL, NULL, key, NULL) != 1)
		return openssl_err("this key cannot sign");
	*out = MOVE(s);
	return NULL;
}

void signing_free(struct signing *s)
{
	if (s == NULL)
		return;
	EVP_MD_CTX_free(s->ready);
	free(s);
}

struct err *signing_sign_der(const struct signing *s, const void *data, size_t len, struct buf *out)
{
	AUTO(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[SIGNATURE_BYTES_MAX];
	size_t sig_len = sizeof(sig);

	if (EVP_MD_CTX_copy_ex(ctx, s->ready) != 1 ||
	    EVP_DigestSign(ctx, sig, &sig_len, data, len) != 1)
		return openssl_err("signing");
	buf_add(out, sig, sig_len);
	return buf_check(out, "the signature");
}

static struct err *add_fixed(struct buf *out, const struct buf *der, size_t field)
{
	const unsigned char *at = (const unsigned char *)der->data;
	AUTO(ecdsa_sig_free) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der->len);
	unsigned char fixed[SIGNATURE_BYTES_MAX];

	if (sig == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(sig), fixed, (int)field) < 0 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), fixed + field, (int)field) < 0)
		return openssl_err("reading an ECDSA signature");
	buf_add(out, fixed, 2 * field);
	return buf_check(out, "the signature");
}

struct err *signing_sign(const struct signing *s, const void *data, size_t len, struct buf *out)
{
	AUTO(buf_release) struct buf der = BUF_INIT(SIGNATURE_BYTES_MAX);

	if (s->type->kind != KEY_EC)
		return signing_sign_der(s, data, len, out);
	TRY(signing_sign_der(s, data, len, &der));
	return add_fixed(out, &der, s->type->field_bytes);
}

static bool verify_der(EVP_PKEY *key, const struct key_type *type, const struct buf *sig,
		       const void *data, size_t len)
{
	AUTO(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	return EVP_DigestVerifyInit_ex(ctx, NULL, type->digest, NULL, NULL, key, NULL) == 1 &&
	       EVP_DigestVerify(ctx, (const unsigned char *)buf_str(sig), sig->len, data, len) == 1;
}

/* R||S of exactly twice the field (RFC 7518 §3.4); other lengths are no signature. */
static bool add_der(struct buf *out, const struct buf *fixed, size_t field)
{
	AUTO(ecdsa_sig_free) ECDSA_SIG *sig = ECDSA_SIG_new();
	AUTO(openssl_free) unsigned char *der = NULL;
	const unsigned char *at = (const unsigned char *)fixed->data;

	if (fixed->len != 2 * field)
		return false;
	BIGNUM *r = BN_bin2bn(at, (int)field, NULL);
	BIGNUM *s = BN_bin2bn(at + field, (int)field, NULL);

	if (ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return false;
	}
	int len = i2d_ECDSA_SIG(sig, &der);

	if (len > 0)
		buf_add(out, der, (size_t)len);
	return len > 0;
}

struct err *signature_verify(EVP_PKEY *key, const struct key_type *type, const struct buf *sig,
			     const void *data, size_t len)
{
	AUTO(buf_release) struct buf der = BUF_INIT(SIGNATURE_BYTES_MAX);
	bool good;

	if (type->kind == KEY_EC)
		good = add_der(&der, sig, type->field_bytes) &&
		       verify_der(key, type, &der, data, len);
	else
		good = verify_der(key, type, sig, data, len);
	if (good)
		return NULL;
	ERR_clear_error();
	return err_new(ERR_CRYPTO, "the signature is not the key's");
}
