/* PEM (RFC 7468): blocks found one after the other, decoded and written. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

enum pem_between {
	PEM_ANY_TEXT,   /* explanatory text around blocks is skipped (RFC 7468 §2) */
	PEM_ONLY_SPACE, /* a CA's answer: nothing but white space between blocks */
};

struct pem {
	const char *at, *end;
	enum pem_between between;
};

#define PEM_OF(text, size, what) \
	((struct pem){ .at = (text), .end = (text) + (size), .between = (what) })

/* Loans of the text; a zero-filled one is no block. */
struct pem_block {
	const char *label, *body;
	size_t label_len, body_len;
};

/* *found false: no further block. */
MUST_CHECK struct err *pem_next(struct pem *p, struct pem_block *out, bool *found);
bool pem_is(const struct pem_block *b, const char *label);
/* Appends the bytes. */
MUST_CHECK struct err *pem_decode(struct buf *out, const struct pem_block *b);
/* The same for what must not stay in memory. */
MUST_CHECK struct err *pem_decode_secret(struct secret *out, const struct pem_block *b);

/* 64 columns, LF. */
void pem_add(struct buf *b, const char *label, const void *der, size_t len);
