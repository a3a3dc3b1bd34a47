/*
 * Names and numbers between text and the wire. Inside of dns/ only.
 *
 * The reader remembers the first mistake; later reads give zeros. Text form as in dns/message.h.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { WIRE_NAME_MAX = 255, WIRE_LABEL_MAX = 63 };

struct wire_reader {
	const uint8_t *data; /* the whole message: pointers lead anywhere before */
	size_t len;
	size_t at;
	size_t end;         /* of what may be read now; at most len */
	const char *broken; /* what is wrong, NULL: nothing so far */
	size_t broken_at;
};

uint8_t wire_u8(struct wire_reader *r);
uint16_t wire_u16(struct wire_reader *r);
uint32_t wire_u32(struct wire_reader *r);
/* len bytes, a loan; NULL when they are not there. */
const uint8_t *wire_bytes(struct wire_reader *r, size_t len);
/* As text and, with wire (may be NULL), the plain bytes too. NULL when broken. */
char *wire_name(struct wire_reader *r, struct buf *wire);
void wire_break(struct wire_reader *r, const char *why);
MUST_CHECK struct err *wire_check(const struct wire_reader *r);

/* Where names were written, so that later ones point there. */
struct wire_writer {
	struct buf *out;
	struct wire_suffix {
		char *name;
		uint16_t offset;
	} * suffixes;
	size_t suffix_count;
};

void wire_put_u16(struct buf *out, uint16_t n);
void wire_put_u32(struct buf *out, uint32_t n);
/* ERR_USAGE: no name. */
MUST_CHECK struct err *wire_put_name(struct buf *out, const char *name);
MUST_CHECK struct err *wire_put_compressed(struct wire_writer *w, const char *name);
void wire_writer_release(struct wire_writer *w);
AUTO_RELEASE(struct wire_writer, wire_writer_release)
