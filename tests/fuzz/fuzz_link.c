/* Link and Content-Type: a target is a part of what was sent. */
#include <stdint.h>
#include <string.h>

#include "net/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = xstrndup((const char *)data, size);
	AUTO(http_headers_release) struct http_headers h = { 0 };
	AUTO(strlist_release) struct strlist found = { 0 };

	http_headers_add(&h, "Link", text);
	http_headers_add(&h, "Content-Type", text);
	link_targets(&found, &h, "alternate");
	for (size_t i = 0; i < found.count; i++)
		if (strstr(text, found.items[i]) == NULL || strchr(found.items[i], '>') != NULL)
			abort();
	AUTO(free) char *type = content_media_type(&h);

	if (type == NULL || strchr(type, ';') != NULL)
		abort();
	return 0;
}
