/* Certificates for tests, made by OpenSSL's X509 functions: what we read was not written by us. */
#pragma once

#include "check.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "jose/keytype.h"
#include "pki/key.h"

#define NOON 1789000000 /* 2026-09-10 00:26:40 UTC */
#define DAY 86400

struct recipe {
	const char *subject_cn, *issuer_cn;
	EVP_PKEY *key, *issuer_key;
	const char *alt_names; /* as openssl.cnf has them: "DNS:a.test,IP:192.0.2.1" */
	const char *digest;    /* NULL: SHA256 */
	long from_day, days;   /* from NOON on */
	const char *more[4];   /* name, value, name, value */
	const char *serial_hex;
};

static inline EVP_PKEY *make_key(const char *type)
{
	EVP_PKEY *key = NULL;

	assert_done(key_generate(&key, type, 2048));
	return key;
}

static inline void make_name(X509_NAME *name, const char *cn)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
						    (const unsigned char *)"Tests", -1, -1, 0),
			 1);
	if (cn != NULL)
		assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
							    (const unsigned char *)cn, -1, -1, 0),
				 1);
}

static inline void make_extension(X509 *x, const char *name, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_nconf(NULL, &ctx, name, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static inline void make_serial(X509 *x, const char *hex)
{
	BIGNUM *n = NULL;

	assert_true(BN_hex2bn(&n, hex != NULL ? hex : "1ff4e90263eeb013") > 0);
	assert_non_null(BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)));
	BN_free(n);
}

static inline void make_x509(struct buf *der, const struct recipe *r)
{
	X509 *x = X509_new();
	unsigned char *bytes = NULL;
	time_t noon = NOON;

	assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
	make_serial(x, r->serial_hex);
	make_name(X509_get_subject_name(x), r->subject_cn);
	make_name(X509_get_issuer_name(x), r->issuer_cn);
	assert_non_null(X509_time_adj_ex(X509_getm_notBefore(x), (int)r->from_day, 0, &noon));
	assert_non_null(
		X509_time_adj_ex(X509_getm_notAfter(x), (int)(r->from_day + r->days), 0, &noon));
	assert_int_equal(X509_set_pubkey(x, r->key), 1);
	if (r->alt_names != NULL)
		make_extension(x, "subjectAltName", r->alt_names);
	for (size_t i = 0; i < ARRAY_LEN(r->more) && r->more[i] != NULL; i += 2)
		make_extension(x, r->more[i], r->more[i + 1]);
	assert_true(X509_sign(x, r->issuer_key,
			      r->digest != NULL || EVP_PKEY_get_base_id(r->issuer_key) ==
							   EVP_PKEY_ED25519
				      ? EVP_get_digestbyname(r->digest != NULL ? r->digest : "NULL")
				      : EVP_sha256()) > 0);
	int len = i2d_X509(x, &bytes);

	assert_true(len > 0);
	buf_add(der, bytes, (size_t)len);
	OPENSSL_free(bytes);
	X509_free(x);
}

/* The same as PEM; the caller's. */
static inline char *make_pem(const struct recipe *r)
{
	AUTO(buf_release) struct buf der = BUF_INIT(64 * 1024), pem = BUF_INIT(64 * 1024);
	unsigned char text[8192] = "";

	make_x509(&der, r);
	assert_true(EVP_EncodeBlock(text, (const unsigned char *)der.data, (int)der.len) > 0);
	buf_adds(&pem, "-----BEGIN CERTIFICATE-----\n");
	for (const char *at = (const char *)text; *at != '\0'; at += strnlen(at, 64))
		buf_addf(&pem, "%.64s\n", at);
	buf_adds(&pem, "-----END CERTIFICATE-----\n");
	return buf_detach(&pem);
}
