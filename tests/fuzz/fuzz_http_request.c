#include "http_twice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	http_twice(HTTP_REQUESTS, data, size);
	return 0;
}
