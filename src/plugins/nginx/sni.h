/*
 * tls-sni-01 through the running server, for labs: a server block for each made-up name, on every TLS socket of the port. They come
 * last, so that they are nobody's default.
 */
#pragma once

#include "plugins/nginx/config.h"
#include "plugins/sni_sites.h"

/* Edits c. ERR_CONFIG: no http block, or the port speaks no TLS. */
MUST_CHECK struct err *sni_edit(struct config *c, const struct sni_site *sites, size_t n,
				int64_t port);
