#include "jose/signature.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <stdatomic.h>
#include <string.h>

#include "base/str.h"

#include "jose/openssl.h"

#define SIGNATURE_BYTES_MAX (RSA_BITS_MAX / 8)
#define FIELD_BYTES_MAX 66

/*
 * EC keys verify a digest: setting OpenSSL up to hash for itself costs more than the hash, and so does looking up which hash that is.
 */
struct verifying {
	atomic_uint users;
	EVP_PKEY *key;
	const struct key_type *type;
	EVP_PKEY_CTX *ready; /* this and the next: EC */
	EVP_MD *digest;
};

struct piece {
	const unsigned char *at;
	size_t len;
};

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

AUTO_FREE(ECDSA_SIG, ecdsa_sig_free)
static void pkey_ctx_free(EVP_PKEY_CTX *c)
{
	EVP_PKEY_CTX_free(c);
}

AUTO_FREE(EVP_MD_CTX, md_ctx_free)
AUTO_FREE(EVP_PKEY_CTX, pkey_ctx_free)

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

struct err *verifying_new(struct verifying **out, EVP_PKEY *key)
{
	AUTO(verifying_free) struct verifying *v = xcalloc(1, sizeof(*v));

	v->users = 1;
	TRY(key_type_of(&v->type, key));
	if (EVP_PKEY_up_ref(key) != 1)
		return openssl_err("holding a key");
	v->key = key;
	if (v->type->kind == KEY_EC) {
		v->ready = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
		v->digest = EVP_MD_fetch(NULL, v->type->digest, NULL);
		if (v->ready == NULL || v->digest == NULL || EVP_PKEY_verify_init(v->ready) != 1)
			return openssl_err("this key cannot verify");
	}
	*out = MOVE(v);
	return NULL;
}

struct verifying *verifying_hold(struct verifying *v)
{
	if (v != NULL)
		v->users++;
	return v;
}

void verifying_free(struct verifying *v)
{
	if (v == NULL || --v->users > 0)
		return;
	EVP_PKEY_CTX_free(v->ready);
	EVP_MD_free(v->digest);
	EVP_PKEY_free(v->key);
	free(v);
}

const struct key_type *verifying_type(const struct verifying *v)
{
	return v->type;
}

static bool verify_data(const struct verifying *v, struct piece sig, struct piece data)
{
	AUTO(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	return EVP_DigestVerifyInit_ex(ctx, NULL, v->type->digest, NULL, NULL, v->key, NULL) == 1 &&
	       EVP_DigestVerify(ctx, sig.at, sig.len, data.at, data.len) == 1;
}

static bool verify_digest(const struct verifying *v, struct piece sig, struct piece data)
{
	AUTO(pkey_ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(v->ready);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	return EVP_Digest(data.at, data.len, digest, &len, v->digest, NULL) == 1 && ctx != NULL &&
	       EVP_PKEY_verify(ctx, sig.at, sig.len, digest, len) == 1;
}

static bool verify(const struct verifying *v, struct piece sig, struct piece data)
{
	bool good = v->type->kind == KEY_EC ? verify_digest(v, sig, data)
					    : verify_data(v, sig, data);

	if (!good)
		ERR_clear_error();
	return good;
}

static size_t put_header(unsigned char *out, unsigned char tag, size_t len)
{
	size_t n = 0;

	out[n++] = tag;
	if (len > 127)
		out[n++] = 0x81;
	out[n++] = (unsigned char)len;
	return n;
}

/* The least bytes that say it, and never a negative number (X.690 §8.3). */
static size_t put_integer(unsigned char *out, const unsigned char *number, size_t len)
{
	while (len > 1 && *number == 0) {
		number++;
		len--;
	}
	bool padded = *number >= 0x80;
	size_t n = put_header(out, 0x02, len + padded);

	if (padded)
		out[n++] = 0;
	memcpy(out + n, number, len);
	return n + len;
}

/* R||S of exactly twice the field (RFC 7518 §3.4); other lengths are no signature. */
static bool add_der(struct buf *out, const struct buf *fixed, size_t field)
{
	const unsigned char *at = (const unsigned char *)fixed->data;
	unsigned char body[2 * (3 + FIELD_BYTES_MAX)];
	unsigned char head[3];

	if (fixed->len != 2 * field)
		return false;
	size_t len = put_integer(body, at, field);

	len += put_integer(body + len, at + field, field);
	buf_add(out, head, put_header(head, 0x30, len));
	buf_add(out, body, len);
	return true;
}

static struct piece piece_of(const struct buf *b)
{
	return (struct piece){ (const unsigned char *)buf_str(b), b->len };
}

struct err *verifying_verify(const struct verifying *v, const struct buf *sig, const void *data,
			     size_t len)
{
	AUTO(buf_release) struct buf der = BUF_INIT(SIGNATURE_BYTES_MAX);
	bool formed = v->type->kind != KEY_EC || add_der(&der, sig, v->type->field_bytes);

	if (formed &&
	    verify(v, piece_of(v->type->kind == KEY_EC ? &der : sig), (struct piece){ data, len }))
		return NULL;
	return err_new(ERR_CRYPTO, "the signature is not the key's");
}

bool verifying_verify_der(const struct verifying *v, const void *sig, size_t sig_len,
			  const void *data, size_t len)
{
	return verify(v, (struct piece){ sig, sig_len }, (struct piece){ data, len });
}
