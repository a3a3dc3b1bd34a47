#include "va/first_bytes.h"

#include <string.h>

static enum first_look judge(const struct first_bytes *f)
{
	static const char name[] = "HTTP/";
	static const struct {
		unsigned char byte, mask;
	} frame[FIRST_BYTES] = { { 0, 0xff }, { 0, 0xff }, { 0, 0 },    { 4, 0xff }, { 0, 0xff },
				 { 0, 0xff }, { 0, 0xff }, { 0, 0xff }, { 0, 0xff } };
	size_t len = f->len < strlen(name) ? f->len : strlen(name);

	if (memcmp(f->bytes, name, len) == 0)
		return LOOKS_LIKE_HTTP;
	for (size_t i = 0; i < f->len; i++)
		if (((unsigned char)f->bytes[i] & frame[i].mask) != frame[i].byte)
			return LOOKS_LIKE_NEITHER;
	return f->len == FIRST_BYTES ? LOOKS_LIKE_HTTP2 : LOOKS_LIKE_HTTP;
}

enum first_look first_bytes_look(struct first_bytes *f, const char *data, size_t len)
{
	size_t room = sizeof(f->bytes) - f->len;
	size_t n = len < room ? len : room;

	if (n == 0)
		return LOOKS_LIKE_HTTP;
	memcpy(f->bytes + f->len, data, n);
	f->len += n;
	return judge(f);
}
