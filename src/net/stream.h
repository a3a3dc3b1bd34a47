/* Bytes over a connected socket, plain or through TLS, without blocking. Zero-filled is no stream. */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"

enum stream_end {
	STREAM_OPEN,
	STREAM_ENDED, /* as the protocol says: FIN, or close_notify */
	STREAM_CUT,   /* TLS without close_notify: what was to come is unknown (RFC 8446 §6.1) */
};

struct stream {
	int fd; /* owned */
	SSL *ssl; /* owned; NULL: plain */
	short want; /* POLLIN or POLLOUT: what the last call waits for */
};

/* *n bytes were moved, 0: not now, poll for `want`. */
MUST_CHECK struct err *stream_write(struct stream *s, const void *data, size_t len, size_t *n);
MUST_CHECK struct err *stream_read(struct stream *s, void *data, size_t len, size_t *n, enum stream_end *end);
/* *done false: poll for `want`. */
MUST_CHECK struct err *stream_handshake(struct stream *s, bool *done);

/* An idle stream: open and silent? What a server says unasked, or a close, makes it useless. */
bool stream_is_idle(struct stream *s);

void stream_close(struct stream *s); /* says goodbye if it can be said without waiting */
