#include "pki/key.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/limits.h"
#include "base/str.h"
#include "jose/openssl.h"
#include "pki/pem.h"
#include "pki/spki.h"

static void bio_free(BIO *b)
{
	BIO_free(b);
}

AUTO_FREE(BIO, bio_free)

static EVP_PKEY *generate(const struct key_type *type, unsigned rsa_bits)
{
	switch (type->kind) {
	case KEY_RSA:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)rsa_bits);
	case KEY_EC:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", type->group);
	case KEY_OKP:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
	return NULL;
}

struct err *key_generate(EVP_PKEY **out, const char *name, unsigned rsa_bits)
{
	const struct key_type *type = key_type_by_name(name);

	if (type == NULL)
		return err_new(ERR_USAGE, "unknown key type %s", name);
	if (type->kind == KEY_RSA && (rsa_bits < RSA_BITS_MIN || rsa_bits > RSA_BITS_MAX))
		return err_new(ERR_USAGE, "RSA keys of %u bits are not made, only of %d to %d",
			       rsa_bits, RSA_BITS_MIN, RSA_BITS_MAX);
	EVP_PKEY *key = generate(type, rsa_bits);

	if (key == NULL)
		return openssl_err("generating a %s key", name);
	*out = key;
	return NULL;
}

/* OpenSSL would ask the terminal. */
static int no_pass_phrase(char *out, int size, int writing, void *was_asked)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)was_asked = true;
	return -1;
}

struct err *key_from_pem(EVP_PKEY **out, const char *pem, size_t len)
{
	const struct key_type *type = NULL;
	bool asked = false;

	if (len > LIMIT_FILE)
		return err_new(ERR_LIMIT, "a key of more than %zu bytes", LIMIT_FILE);
	AUTO(bio_free) BIO *bio = BIO_new_mem_buf(pem, (int)len);
	AUTO(evp_pkey_free)
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, &asked);

	if (key == NULL && asked)
		return openssl_err("the key is protected by a pass phrase");
	if (key == NULL)
		return openssl_err("no private key in PEM form");
	TRY(key_type_of(&type, key));
	*out = MOVE(key);
	return NULL;
}

struct err *key_to_pem(struct buf *out, const EVP_PKEY *key)
{
	AUTO(bio_free) BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;

	if (PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		return openssl_err("writing a private key");
	long len = BIO_get_mem_data(bio, &text);

	buf_add(out, text, (size_t)len);
	return buf_check(out, "the private key");
}

struct err *key_public_pem(struct buf *out, const EVP_PKEY *key)
{
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);

	TRY(spki_of_key(&spki, key));
	pem_add(out, "PUBLIC KEY", spki.data, spki.len);
	return buf_check(out, "the public key");
}

bool key_same_public(const EVP_PKEY *a, const EVP_PKEY *b)
{
	return EVP_PKEY_eq(a, b) == 1;
}

const char *key_family(const EVP_PKEY *key)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return "RSA";
	case EVP_PKEY_EC:
		return "ECDSA";
	case EVP_PKEY_ED25519:
		return "Ed25519";
	default:
		return "unknown";
	}
}

unsigned key_bits(const EVP_PKEY *key)
{
	return (unsigned)EVP_PKEY_get_bits(key);
}

/* RSAPrivateKey (RFC 8017 §A.1.2): version, n, e, ... */
static bool read_pkcs1(struct key_numbers *out, struct der in)
{
	struct der body, version;

	out->type = key_type_by_name("rsa");
	return der_take(&in, DER_SEQUENCE, &body) && in.len == 0 && der_unsigned(&body, &version) &&
	       spki_rsa_numbers(out, &body);
}

static const struct key_type *type_of_parameters(struct der parameters)
{
	AUTO(buf_release) struct buf algorithm = BUF_INIT(64);

	buf_adds(&algorithm, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01");
	buf_add(&algorithm, parameters.at, parameters.len);
	der_wrap(&algorithm, 0, DER_SEQUENCE);
	return key_type_by_algorithm(DER_OF(algorithm.data, algorithm.len));
}

/*
 * ECPrivateKey (RFC 5915 §3): version, d, [0] parameters, [1] public point; type NULL: the
 * parameters tell.
 */
static bool read_sec1(struct key_numbers *out, struct der in, const struct key_type *type)
{
	struct der body, version, d, parameters, bits, point;

	if (!der_take(&in, DER_SEQUENCE, &body) || in.len > 0 || !der_unsigned(&body, &version) ||
	    !der_take(&body, DER_OCTET_STRING, &d))
		return false;
	if (der_take(&body, DER_CONSTRUCTED(0), &parameters) && type == NULL)
		type = type_of_parameters(parameters);
	out->type = type;
	return type != NULL && der_take(&body, DER_CONSTRUCTED(1), &bits) &&
	       der_bits(&bits, &point) && spki_point(out, point);
}

/* PrivateKeyInfo (RFC 5958 §2): version, algorithm, key, ... */
static bool read_pkcs8(struct key_numbers *out, struct der in)
{
	struct der body, version, algorithm, key;

	if (!der_take(&in, DER_SEQUENCE, &body) || in.len > 0 || !der_unsigned(&body, &version) ||
	    !der_whole(&body, DER_SEQUENCE, &algorithm) || !der_take(&body, DER_OCTET_STRING, &key))
		return false;
	const struct key_type *type = key_type_by_algorithm(algorithm);

	if (type == NULL || type->kind == KEY_OKP)
		return false;
	return type->kind == KEY_RSA ? read_pkcs1(out, key) : read_sec1(out, key, type);
}

static bool read_block(struct key_numbers *out, const struct pem_block *block)
{
	AUTO(secret_release) struct secret bytes = { 0 };
	struct err *e = pem_decode_secret(&bytes, block);

	if (e != NULL) {
		err_ignore(e);
		return false;
	}
	if (pem_is(block, "PRIVATE KEY"))
		return read_pkcs8(out, DER_OF(bytes.data, bytes.len));
	if (pem_is(block, "RSA PRIVATE KEY"))
		return read_pkcs1(out, DER_OF(bytes.data, bytes.len));
	return pem_is(block, "EC PRIVATE KEY") &&
	       read_sec1(out, DER_OF(bytes.data, bytes.len), NULL);
}

static bool is_private_key(const struct pem_block *b)
{
	static const char *const labels[] = { "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY",
					      "ENCRYPTED PRIVATE KEY" };

	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (pem_is(b, labels[i]))
			return true;
	return false;
}

struct err *key_file_spki(struct buf *out, const char *pem, size_t len)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	struct pem text = PEM_OF(pem, len, PEM_ANY_TEXT);
	struct pem_block block = { 0 };
	struct key_numbers numbers;
	bool found = true;

	while (found && !is_private_key(&block))
		TRY(pem_next(&text, &block, &found));
	if (!found || !read_block(&numbers, &block)) {
		TRY(key_from_pem(&key, pem, len));
		return spki_of_key(out, key);
	}
	spki_add(out, &numbers);
	return buf_check(out, "the public key");
}
