/*
 * base64url without padding (RFC 4648 §5, RFC 7515 §2), strict: no padding, no white space, no
 * stray bits.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

char *base64url_encode(const void *data, size_t len);
void base64url_add(struct buf *b, const void *data, size_t len);
MUST_CHECK struct err *base64url_decode(struct buf *out, const char *text, size_t len);
bool base64url_is(const char *text); /* non-empty and only its alphabet */

/*
 * The other alphabet, for PEM (RFC 4648 §4, RFC 7468 §3): white space is skipped, padding is due,
 * no stray bits. out has room for len / 4 * 3 + 3 bytes.
 */
MUST_CHECK struct err *base64_decode(unsigned char *out, size_t *out_len, const char *text,
				     size_t len);
