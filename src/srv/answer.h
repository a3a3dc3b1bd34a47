/* What a server answers by plain HTTP at one of its addresses, for a name; past proxies and DNS. */
#pragma once

#include "base/world.h"
#include "net/http1.h"
#include "net/resolver.h"

/* One GET of path. An answer of any status is one; ERR_NETWORK: none, ERR_TIMEOUT: not in time. */
MUST_CHECK struct err *answer_get(struct http_message *out, const struct world *w,
				  const struct address *at, const char *name, const char *path);
