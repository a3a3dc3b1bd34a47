/*
 * SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 5480, RFC 8410) read and written without OpenSSL's
 * decoders and encoders.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "jose/numbers.h"
#include "pki/der.h"

/* The AlgorithmIdentifier of a type's keys. */
struct der spki_algorithm(const struct key_type *type);
const struct key_type *key_type_by_algorithm(struct der algorithm); /* NULL for one we do not use */

/* false: malformed, or none of our key types (a compressed point, RSA over 4096 bits). */
bool spki_numbers(struct key_numbers *out, struct der spki);
void spki_add(struct buf *b, const struct key_numbers *n);

/* Any public key, by OpenSSL's decoder where ours does not know it. */
MUST_CHECK struct err *spki_to_key(EVP_PKEY **out, struct der spki);
/* What a certificate for the key would carry. */
MUST_CHECK struct err *spki_of_key(struct buf *out, const EVP_PKEY *key);

/* The parts that private key formats share: RSAPublicKey's two numbers, an EC point. */
bool spki_rsa_numbers(struct key_numbers *out, struct der *in);
bool spki_point(struct key_numbers *out, struct der point);

#define SPKI_BYTES_MAX 1024
