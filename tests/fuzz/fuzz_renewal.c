/* A renewal file of anybody's: refused with a reason, or read such that writing it and reading it once more changes nothing. */
#include "renewal_twice.h"

#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(options_free) struct options *o = renewal_options();
	AUTO(ini_free) struct ini *conf = NULL;

	if (size >= LIMIT_KIB(16))
		return 0;
	struct err *e = ini_parse(&conf, (const char *)data, size);

	if (e == NULL)
		e = options_apply_renewal(o, conf);
	if (e == NULL)
		renewal_twice(o);
	err_free(e);
	return 0;
}
