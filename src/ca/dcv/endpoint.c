#include "ca/dcv/endpoint.h"

#include <string.h>

#include "base/str.h"
#include "va/address.h"

#define PORT_MAX 65535

/* The colon before a port: behind "]", or the only one. NULL: no port. */
static const char *port_colon(const char *text)
{
	const char *colon = strrchr(text, ':');

	if (colon == NULL || (text[0] == '[' && colon[-1] != ']') ||
	    (text[0] != '[' && strchr(text, ':') != colon))
		return NULL;
	return colon;
}

struct err *endpoint_parse(struct address *out, const char *text, unsigned port)
{
	const char *colon = port_colon(text);
	AUTO(free)
	char *host = colon != NULL ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
	int64_t number = port;

	if (colon != NULL && !str_to_int(colon + 1, 1, PORT_MAX, &number))
		return err_new(ERR_CONFIG, "\"%s\" has no port between 1 and %d behind its colon",
			       text, PORT_MAX);
	if (!address_parse(out, host, (unsigned)number))
		return err_new(ERR_CONFIG, "\"%s\" is no IP address with or without a port", text);
	return NULL;
}
