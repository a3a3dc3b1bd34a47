#include "pki/spki.h"

#include <openssl/x509.h>
#include <string.h>

#include "base/str.h"
#include "jose/openssl.h"

static const struct row {
	const char *name;
	struct der algorithm;
} rows[] = {
	{ "rsa", DER_LITERAL("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00") },
	{ "secp256r1",
	  DER_LITERAL(
		  "\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07") },
	{ "secp384r1",
	  DER_LITERAL("\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22") },
	{ "secp521r1",
	  DER_LITERAL("\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23") },
	{ "ed25519", DER_LITERAL("\x30\x05\x06\x03\x2b\x65\x70") },
};

struct der spki_algorithm(const struct key_type *type)
{
	size_t i = 0;

	while (!streq(rows[i].name, type->name))
		i++;
	return rows[i].algorithm;
}

const struct key_type *key_type_by_algorithm(struct der algorithm)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (der_same(rows[i].algorithm, algorithm))
			return key_type_by_name(rows[i].name);
	return NULL;
}

static bool set_number(struct number *out, struct der bytes)
{
	if (bytes.len > sizeof(out->bytes))
		return false;
	memcpy(out->bytes, bytes.at, bytes.len);
	out->len = bytes.len;
	return true;
}

bool spki_rsa_numbers(struct key_numbers *out, struct der *in)
{
	struct der n, e;

	return der_unsigned(in, &n) && der_unsigned(in, &e) && set_number(&out->a, n) &&
	       set_number(&out->b, e);
}

bool spki_point(struct key_numbers *out, struct der point)
{
	size_t field = out->type->field_bytes;

	if (point.len != 1 + 2 * field || point.at[0] != 4)
		return false;
	return set_number(&out->a, DER_OF(point.at + 1, field)) &&
	       set_number(&out->b, DER_OF(point.at + 1 + field, field));
}

static bool read_key_bits(struct key_numbers *out, struct der bits)
{
	struct der rsa;

	switch (out->type->kind) {
	case KEY_RSA:
		return der_take(&bits, DER_SEQUENCE, &rsa) && bits.len == 0 &&
		       spki_rsa_numbers(out, &rsa) && rsa.len == 0;
	case KEY_EC:
		return spki_point(out, bits);
	case KEY_OKP:
		out->b.len = 0;
		return bits.len == out->type->field_bytes && set_number(&out->a, bits);
	}
	return false;
}

bool spki_numbers(struct key_numbers *out, struct der spki)
{
	struct der body, algorithm, bits;

	if (!der_take(&spki, DER_SEQUENCE, &body) || spki.len > 0)
		return false;
	if (!der_whole(&body, DER_SEQUENCE, &algorithm) || !der_bits(&body, &bits) || body.len > 0)
		return false;
	out->type = key_type_by_algorithm(algorithm);
	return out->type != NULL && read_key_bits(out, bits);
}

static void add_key_bits(struct buf *b, const struct key_numbers *n)
{
	size_t from = b->len;

	switch (n->type->kind) {
	case KEY_RSA:
		der_add_unsigned(b, n->a.bytes, n->a.len);
		der_add_unsigned(b, n->b.bytes, n->b.len);
		der_wrap(b, from, DER_SEQUENCE);
		return;
	case KEY_EC:
		buf_addc(b, 4);
		buf_add(b, n->a.bytes, n->a.len);
		buf_add(b, n->b.bytes, n->b.len);
		return;
	case KEY_OKP:
		buf_add(b, n->a.bytes, n->a.len);
		return;
	}
}

void spki_add(struct buf *b, const struct key_numbers *n)
{
	struct der algorithm = spki_algorithm(n->type);
	size_t from = b->len;

	buf_add(b, algorithm.at, algorithm.len);
	size_t bits = b->len;

	buf_addc(b, '\0');
	add_key_bits(b, n);
	der_wrap(b, bits, DER_BIT_STRING);
	der_wrap(b, from, DER_SEQUENCE);
}

struct err *spki_to_key(EVP_PKEY **out, struct der spki)
{
	struct key_numbers numbers;
	const unsigned char *at = spki.at;

	if (spki_numbers(&numbers, spki))
		return numbers_to_key(out, &numbers);
	AUTO(evp_pkey_free) EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);

	if (key == NULL || at != spki.at + spki.len)
		return openssl_err("a public key that cannot be read");
	*out = MOVE(key);
	return NULL;
}

struct err *spki_of_key(struct buf *out, const EVP_PKEY *key)
{
	struct key_numbers numbers;

	TRY(numbers_of_key(&numbers, key));
	spki_add(out, &numbers);
	return buf_check(out, "the public key");
}
