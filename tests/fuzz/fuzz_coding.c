/* A packed answer to http-01: never more text than is looked at, and the same text each time. */
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "va/coding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *read_once(struct buf *text, const uint8_t *data, size_t size)
{
	AUTO(http_message_release)
	struct http_message m = { .body = BUF_INIT(LIMIT_VA_CODED_BODY) };

	buf_add(&m.body, (const char *)data,
		size < LIMIT_VA_CODED_BODY ? size : LIMIT_VA_CODED_BODY);
	http_headers_add(&m.headers, "Content-Encoding", "gzip");
	return coding_read(text, &m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_VA_BODY);
	AUTO(buf_release) struct buf again = BUF_INIT(LIMIT_VA_BODY);
	const char *broken = read_once(&text, data, size);

	if (read_once(&again, data, size) != broken || again.len != text.len)
		abort();
	if (text.len > LIMIT_VA_BODY || (broken != NULL && text.len > 0))
		abort();
	if (text.len > 0 && memcmp(text.data, again.data, text.len) != 0)
		abort();
	return 0;
}
