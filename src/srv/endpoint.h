/* Where a name is served by TLS, and what is to be seen there. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "net/resolver.h"

struct endpoint {
	char *name;             /* SNI */
	struct address address; /* to connect to */
	char *fullchain;        /* path: the certificate that shall be shown, with its chain */
};

struct endpoints {
	struct endpoint *items;
	size_t count;
};

/*
 * As servers write it: host is "*", "_default_", NULL (both families' wildcards become loopback), "0.0.0.0", "[::]", "::", or an
 * address with or without brackets; names as hosts are looked up by the caller. One that is there already is not added again.
 * ERR_CONFIG when host is no address. fullchain NULL: nothing expected yet, endpoints_expect() sets it.
 */
MUST_CHECK struct err *endpoints_add(struct endpoints *e, const char *name, const char *host,
				     unsigned port, const char *fullchain);
void endpoints_release(struct endpoints *e);

AUTO_RELEASE(struct endpoints, endpoints_release)
