/* A key file: the quick look at its public part agrees with loading the key. */
#include <stdint.h>
#include <string.h>

#include "pki/key.h"
#include "pki/spki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_as_loaded(const struct buf *spki, const EVP_PKEY *key)
{
	AUTO(buf_release) struct buf own = BUF_INIT(SPKI_BYTES_MAX);
	AUTO(err_free) struct err *e = spki_of_key(&own, key);

	if (e != NULL || own.len != spki->len || memcmp(own.data, spki->data, own.len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(err_free) struct err *e = key_file_spki(&spki, (const char *)data, size);

	if (e != NULL)
		return 0;
	AUTO(err_free) struct err *not_loaded = key_from_pem(&key, (const char *)data, size);

	if (not_loaded == NULL)
		same_as_loaded(&spki, key);
	return 0;
}
