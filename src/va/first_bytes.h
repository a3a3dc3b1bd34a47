/*
 * How an answer to a request of HTTP/1.1 begins, told before the parser refuses it: by "HTTP/", or by the SETTINGS frame of a server
 * that speaks HTTP/2 alone (RFC 9113 §3.4, §6.5).
 */
#pragma once

#include <stddef.h>

enum { FIRST_BYTES = 9 }; /* of an HTTP/2 frame */

struct first_bytes {
	char bytes[FIRST_BYTES];
	size_t len;
};

enum first_look { LOOKS_LIKE_HTTP, LOOKS_LIKE_HTTP2, LOOKS_LIKE_NEITHER };

/* Adds what came, as far as it counts. LOOKS_LIKE_HTTP: by now, and perhaps only because too little is there. */
enum first_look first_bytes_look(struct first_bytes *f, const char *data, size_t len);
