/* The identifier in a renewalInfo path or in "replaces": what is taken, is written back the same. */
#include <stdint.h>

#include "base/str.h"
#include "jose/base64url.h"
#include "proto/ari.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = xstrndup((const char *)data, size);
	AUTO(ari_id_release) struct ari_id id = { 0 };
	AUTO(err_free) struct err *e = ari_id_parse(&id, text);

	if (e != NULL)
		return 0;
	AUTO(free) char *key_id = base64url_encode(id.key_id.data, id.key_id.len);
	AUTO(free) char *serial = base64url_encode(id.serial.data, id.serial.len);
	AUTO(free) char *again = str_fmt("%s.%s", key_id, serial);

	if (!streq(again, text))
		abort();
	return 0;
}
