#include "proto/challenge/sni_name.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/buf.h"

#define NAME_MAX_BYTES 128

char *sni_name(const char *of, const char *suffix)
{
	AUTO(buf_release) struct buf b = BUF_INIT(NAME_MAX_BYTES);
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)of, strlen(of), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		buf_addf(&b, "%s%02x", i == sizeof(digest) / 2 ? "." : "", digest[i]);
	buf_addf(&b, ".%s", suffix);
	return buf_detach(&b);
}
