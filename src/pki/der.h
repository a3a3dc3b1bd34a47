/*
 * DER (X.690 §10): a reader that stays within its range, allocates nothing and never recurses, and
 * a writer on struct buf.
 *
 * A reader is what is still to be read. Every function answers false for what is not DER or not
 * what was asked for, and then leaves the reader as it was. Lengths are definite and in their
 * shortest form; tag numbers are below 31.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"

struct der {
	const unsigned char *at;
	size_t len;
};

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_T61_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

#define DER_CONTEXT(n) (0x80u | (n))     /* [n] IMPLICIT of a primitive type */
#define DER_CONSTRUCTED(n) (0xa0u | (n)) /* [n] EXPLICIT, or IMPLICIT of a constructed type */

#define DER_OF(data, size) ((struct der){ .at = (const unsigned char *)(data), .len = (size) })
/* Of a string literal, as an initializer. */
#define DER_LITERAL(s)                                                 \
	{                                                              \
		.at = (const unsigned char *)(s), .len = sizeof(s) - 1 \
	}

/* The next element, whatever it is: its tag and contents. */
bool der_any(struct der *in, unsigned *tag, struct der *contents);
/* The next element, if it has this tag: its contents. */
bool der_take(struct der *in, unsigned tag, struct der *contents);
/* The same with its tag and length bytes. */
bool der_whole(struct der *in, unsigned tag, struct der *element);
/* A BIT STRING of whole bytes. */
bool der_bits(struct der *in, struct der *bytes);
/* A positive INTEGER without its sign byte. */
bool der_unsigned(struct der *in, struct der *magnitude);
/* UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5. */
bool der_time(struct der *in, time_t *out);
/* A BOOLEAN DEFAULT FALSE; false only for one that is malformed. */
bool der_optional_bool(struct der *in, bool *out);

bool der_same(struct der a, struct der b);

/* Appends one element. */
void der_add(struct buf *b, unsigned tag, const void *contents, size_t len);
/* A positive INTEGER out of big-endian bytes. */
void der_add_unsigned(struct buf *b, const void *magnitude, size_t len);
/* A BIT STRING of whole bytes. */
void der_add_bits(struct buf *b, const void *bytes, size_t len);
/* UTCTime to 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
void der_add_time(struct buf *b, time_t t);
/* Makes all bytes from position `from` on the contents of one element. */
void der_wrap(struct buf *b, size_t from, unsigned tag);
