/* A CA's configuration: text is refused by file and line, or makes a configuration whose numbers keep their bounds. */
#include <stdint.h>
#include <string.h>

#include "ca/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(ca_config_free) struct ca_config *c = NULL;
	AUTO(err_free) struct err *e = ca_config_parse(&c, (const char *)data, size, "/f");

	if ((e == NULL) != (c != NULL))
		abort();
	if (e != NULL && (e->code != ERR_CONFIG || strncmp(e->msg, "/f:", 3) != 0))
		abort();
	if (c == NULL)
		return 0;
	if (c->profile_count == 0 || c->server.threads < 0 || c->server.threads > 1024 ||
	    c->server.idle_timeout_s < 1)
		abort();
	return 0;
}
