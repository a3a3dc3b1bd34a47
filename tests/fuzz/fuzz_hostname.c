/* A name that somebody orders: what is fine for everybody is fine for a private CA, and stays within the length of a name. */
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "ca/policy/hostname.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *name = xstrndup((const char *)data, size);
	AUTO(err_free) struct err *in_public = hostname_check(name, false);
	AUTO(err_free) struct err *in_private = hostname_check(name, true);

	if (in_public == NULL && in_private != NULL)
		abort();
	if (in_private == NULL && (strlen(name) > 253 || strpbrk(name, " /:\\\"'@\n") != NULL))
		abort();
	return 0;
}
