#include "pki/sigalg.h"

#include <openssl/err.h>

#include "base/mem.h"
#include "base/str.h"

#define RSA_SHA(n) DER_LITERAL("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" n "\x05\x00")
#define ECDSA_SHA(n) DER_LITERAL("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" n)

/* RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3 */
static const struct row {
	struct der algorithm;
	const char *digest; /* as in key_type */
	int id;             /* OpenSSL's of keys that make it */
} rows[] = {
	{ RSA_SHA("\x0b"), "SHA256", EVP_PKEY_RSA },
	{ RSA_SHA("\x0c"), "SHA384", EVP_PKEY_RSA },
	{ RSA_SHA("\x0d"), "SHA512", EVP_PKEY_RSA },
	{ ECDSA_SHA("\x02"), "SHA256", EVP_PKEY_EC },
	{ ECDSA_SHA("\x03"), "SHA384", EVP_PKEY_EC },
	{ ECDSA_SHA("\x04"), "SHA512", EVP_PKEY_EC },
	{ DER_LITERAL("\x30\x05\x06\x03\x2b\x65\x70"), NULL, EVP_PKEY_ED25519 },
};

static int id_of_kind(enum key_kind kind)
{
	static const int ids[] = {
		[KEY_RSA] = EVP_PKEY_RSA, [KEY_EC] = EVP_PKEY_EC, [KEY_OKP] = EVP_PKEY_ED25519
	};

	return ids[kind];
}

struct der sigalg_of(const struct key_type *type)
{
	const struct row *row = rows;

	while (row->id != id_of_kind(type->kind) ||
	       (type->digest != NULL && !streq(row->digest, type->digest)))
		row++;
	return row->algorithm;
}

static const struct row *find(struct der algorithm)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (der_same(rows[i].algorithm, algorithm))
			return &rows[i];
	return NULL;
}

enum sigalg_verdict sigalg_verify(EVP_PKEY *key, struct der algorithm, struct der signature,
				  struct der data)
{
	const struct row *row = find(algorithm);

	if (row == NULL)
		return SIGALG_UNKNOWN;
	if (EVP_PKEY_get_base_id(key) != row->id)
		return SIGALG_BAD;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = EVP_DigestVerifyInit_ex(ctx, NULL, row->digest, NULL, NULL, key, NULL) == 1 &&
		    EVP_DigestVerify(ctx, signature.at, signature.len, data.at, data.len) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good ? SIGALG_GOOD : SIGALG_BAD;
}
