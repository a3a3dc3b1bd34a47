/* An address with an optional port, as the configuration writes resolvers: "192.0.2.53", "[2001:db8::53]:5353". */
#pragma once

#include "net/resolver.h"

/* port: where the text has none. ERR_CONFIG. */
MUST_CHECK struct err *endpoint_parse(struct address *out, const char *text, unsigned port);
