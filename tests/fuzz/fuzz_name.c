/* A name people typed; what comes out canonical stays as it is. */
#include <stdint.h>

#include "base/str.h"
#include "dns/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *typed = xstrndup((const char *)data, size);
	AUTO(free) char *name = NULL;
	AUTO(free) char *again = NULL;
	AUTO(err_free) struct err *e = name_canonical(&name, typed);

	if (e != NULL)
		return 0;
	AUTO(err_free) struct err *second = name_canonical(&again, name);

	if (second != NULL || !streq(name, again))
		abort();
	return 0;
}
