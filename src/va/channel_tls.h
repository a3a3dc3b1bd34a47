/* The TLS of a channel: bytes in, bytes out, no socket. Inside of va/ only. */
#pragma once

#include "base/buf.h"
#include "va/channel.h"

enum { CHANNEL_TLS_SNIFF = 5 }; /* "HTTP/", or a record's header */

struct channel_tls {
	SSL *ssl; /* NULL: not begun */
	BIO *in, *out; /* of ssl */
	char first[CHANNEL_TLS_SNIFF];
	size_t first_len;
};

enum channel_tls_state {
	CHANNEL_TLS_WAITS, /* for more bytes of the peer */
	CHANNEL_TLS_MORE,  /* call again: there is more to read */
	CHANNEL_TLS_DONE,  /* handshake: done; read: close_notify */
	CHANNEL_TLS_FAILED,
};

void channel_tls_begin(struct channel_tls *t, const struct channel_options *o);
void channel_tls_end(struct channel_tls *t);

/* raw came from the peer; on failure f has the cause. */
enum channel_tls_state channel_tls_handshake(struct channel_tls *t, const char *raw, size_t len,
					     struct channel_failure *f);
/* *got bytes of data, which may come with any state. */
enum channel_tls_state channel_tls_read(struct channel_tls *t, const char *raw, size_t len, char *data, size_t size,
					size_t *got, struct channel_failure *f);
void channel_tls_write(struct channel_tls *t, const void *data, size_t len);
void channel_tls_goodbye(struct channel_tls *t);
/* What is to be sent goes to the end of out. */
void channel_tls_take(struct channel_tls *t, struct buf *out);
