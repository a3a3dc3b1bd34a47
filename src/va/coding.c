#include "va/coding.h"

#include <string.h>
#include <zlib.h>

#include "base/limits.h"
#include "base/str.h"

#define GZIP_WINDOW (16 + MAX_WBITS) /* zlib: gzip's header and trailer, no other's */

bool coding_is_gzip(const struct http_message *m)
{
	const char *coding = http_headers_get(&m->headers, "Content-Encoding");

	return coding != NULL && streq_nocase(coding, "gzip");
}

/* RFC 1952 §2.2: one member after the other. */
static int unpack(z_stream *z, char *room, size_t size)
{
	int status = Z_OK;

	z->next_out = (unsigned char *)room;
	z->avail_out = (unsigned)size;
	do {
		if (status == Z_STREAM_END && inflateReset(z) != Z_OK)
			return Z_STREAM_ERROR;
		status = inflate(z, Z_NO_FLUSH);
	} while (z->avail_out > 0 && z->avail_in > 0 && (status == Z_OK || status == Z_STREAM_END));
	return status;
}

static const char *read_gzip(struct buf *text, const struct buf *body)
{
	char room[LIMIT_VA_BODY];
	z_stream z = { .next_in = (unsigned char *)body->data, .avail_in = (unsigned)body->len };

	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return "gzip cannot be unpacked";
	int status = unpack(&z, room, sizeof(room));
	size_t len = sizeof(room) - z.avail_out;

	(void)inflateEnd(&z);
	if (status != Z_STREAM_END && len < sizeof(room))
		return status == Z_OK || status == Z_BUF_ERROR ? "its gzip is not whole"
							       : "it is not gzip";
	buf_add(text, room, len);
	return NULL;
}

const char *coding_read(struct buf *text, const struct http_message *m)
{
	if (coding_is_gzip(m))
		return read_gzip(text, &m->body);
	buf_add(text, m->body.data, m->body.len < LIMIT_VA_BODY ? m->body.len : LIMIT_VA_BODY);
	return NULL;
}
