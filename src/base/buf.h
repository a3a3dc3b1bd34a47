/*
 * A byte string under construction, with its ceiling set at birth.
 *
 * What goes over the ceiling is cut off and remembered: build the whole text, then ask buf_check() once.
 * The bytes are always followed by a NUL that does not count. Zero-filled but for `max` is empty and valid.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

struct buf {
	char *data; /* NULL while empty; use buf_str() for text */
	size_t len;
	size_t cap;
	size_t max;
	bool overflow;
};

#define BUF_INIT(max_bytes) ((struct buf){ .max = (max_bytes) })

void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addn(struct buf *b, int64_t number); /* in decimal */
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_addv(struct buf *b, const char *fmt, va_list args) PRINTF_LIKE(2, 0);

/* Forgets the content and an overflow; keeps the memory. */
void buf_reset(struct buf *b);

/* Drops the first len bytes. */
void buf_consume(struct buf *b, size_t len);
/* Drops all behind the first len bytes; an overflow stays one. */
void buf_truncate(struct buf *b, size_t len);

/* ERR_LIMIT when something did not fit: "<what> is larger than N bytes". */
MUST_CHECK struct err *buf_check(const struct buf *b, const char *what);

/* The text, never NULL. A loan. */
const char *buf_str(const struct buf *b);
bool buf_same(const struct buf *a, const struct buf *b); /* the same bytes? */

/* Hands the text over (never NULL) and leaves b empty. */
char *buf_detach(struct buf *b);

void buf_release(struct buf *b);

AUTO_RELEASE(struct buf, buf_release)
