/* A certificate shown to the judge of tls-alpn-01: never proved without the digest in it, whatever else it says. */
#include <openssl/err.h>
#include <stdint.h>
#include <string.h>

#include "pki/challenge_cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char digest[ACME_DIGEST_BYTES] = { 0xab, 1, 2, 3 };
	AUTO(challenge_cert_release) struct challenge_cert c = { 0 };
	AUTO(err_free) struct err *e = challenge_cert_read(&c, data, size);

	ERR_clear_error();
	if (e != NULL)
		return 0;
	AUTO(err_free) struct err *refused = challenge_cert_check(&c, "a.test", NULL, digest);

	if (refused == NULL && memmem(data, size, digest, sizeof(digest)) == NULL)
		abort();
	return 0;
}
