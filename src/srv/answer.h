/* What a server answers at one of its addresses, for a name; past proxies and DNS. */
#pragma once

#include "base/world.h"
#include "net/http1.h"
#include "net/resolver.h"
#include "net/tls.h"

struct answer_question {
	const struct address *at;
	const char *name, *path;
	const struct tls_client *tls; /* NULL: plain HTTP */
	bool proxied;                 /* as in struct endpoint */
};

/* One GET. An answer of any status is one; ERR_NETWORK: none, ERR_TIMEOUT: not in time. */
MUST_CHECK struct err *answer_get(struct http_message *out, const struct world *w,
				  const struct answer_question *q);
