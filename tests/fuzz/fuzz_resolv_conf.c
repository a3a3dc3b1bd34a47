/* Whatever resolv.conf(5) holds, there is somebody to ask, and not too many. */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "dns/resolv_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = xstrndup((const char *)data, size);
	AUTO(address_list_release) struct address_list servers = { 0 };

	resolv_conf_parse(&servers, text);
	if (servers.count == 0 || servers.count > LIMIT_DNS_SERVERS)
		abort();
	for (size_t i = 0; i < servers.count; i++)
		if (address_port(&servers.items[i]) != 53)
			abort();
	return 0;
}
