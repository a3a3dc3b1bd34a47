/*
 * Signatures on certificates and requests: which algorithm an AlgorithmIdentifier means, and
 * checking it.
 */
#pragma once

#include "jose/keytype.h"
#include "pki/der.h"

/* The AlgorithmIdentifier with which keys of this type sign. */
struct der sigalg_of(const struct key_type *type);

enum sigalg_verdict { SIGALG_GOOD, SIGALG_BAD, SIGALG_UNKNOWN };

/* UNKNOWN: no algorithm of our table (SHA-1, MD5, RSA-PSS ...). */
enum sigalg_verdict sigalg_verify(EVP_PKEY *key, struct der algorithm, struct der signature,
				  struct der data);
