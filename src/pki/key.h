/* Private keys: made, written as PKCS#8 PEM, read again. They live only in EVP_PKEY. */
#pragma once

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "jose/keytype.h"

/* name as in keytype.h; rsa_bits only for "rsa". */
MUST_CHECK struct err *key_generate(EVP_PKEY **out, const char *name, unsigned rsa_bits);
/* PKCS#8, SEC1, PKCS#1; no pass phrase. The first private key of the text. */
MUST_CHECK struct err *key_from_pem(EVP_PKEY **out, const char *pem, size_t len);
MUST_CHECK struct err *key_to_pem(struct buf *out, const EVP_PKEY *key); /* PKCS#8 */
/* SubjectPublicKeyInfo, 64 columns. */
MUST_CHECK struct err *key_public_pem(struct buf *out, const EVP_PKEY *key);
bool key_same_public(const EVP_PKEY *a, const EVP_PKEY *b);
/* "RSA" or "ECDSA" ("Ed25519"), as `certificates` shows; bits of an RSA key. */
const char *key_family(const EVP_PKEY *key);
unsigned key_bits(const EVP_PKEY *key);

/*
 * The SubjectPublicKeyInfo of a private key file, for comparing it with a certificate's. Read from
 * the public part that the file itself carries, where it does (RSA; EC as OpenSSL and Certbot write
 * it), in some microseconds; else the key is loaded. So it says which key the file is meant to be,
 * and proves nothing about the private part.
 */
MUST_CHECK struct err *key_file_spki(struct buf *out, const char *pem, size_t len);
