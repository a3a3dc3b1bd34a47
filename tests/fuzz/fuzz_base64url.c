/*
 * What decodes encodes to the same text: there is one text for each byte string. The PEM alphabet
 * must only stay in bounds.
 */
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "jose/base64url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_url(const char *text, size_t len)
{
	AUTO(buf_release) struct buf bytes = BUF_INIT(LIMIT_MIB(1));
	AUTO(err_free) struct err *e = base64url_decode(&bytes, text, len);

	if (e != NULL)
		return;
	AUTO(free) char *again = base64url_encode(bytes.data, bytes.len);

	if (strlen(again) != len || memcmp(again, text, len) != 0)
		abort();
}

static void check_pem(const char *text, size_t len)
{
	AUTO(free) unsigned char *out = xmalloc(len / 4 * 3 + 3);
	size_t out_len = 0;
	AUTO(err_free) struct err *e = base64_decode(out, &out_len, text, len);

	if (e == NULL && out_len > len / 4 * 3 + 3)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_url((const char *)data, size);
	check_pem((const char *)data, size);
	return 0;
}
