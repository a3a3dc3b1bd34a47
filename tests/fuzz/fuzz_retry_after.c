/* Whatever a Retry-After says, the answer is within the cap. */
#include <stdint.h>

#include "net/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = xstrndup((const char *)data, size);
	AUTO(http_headers_release) struct http_headers h = { 0 };
	unsigned seconds = 0;
	bool found = false;

	http_headers_add(&h, "Retry-After", text);
	retry_after_s(&seconds, &found, &h, 1700000000, 86400);
	if (seconds > 86400 || (!found && seconds != 0))
		abort();
	return 0;
}
