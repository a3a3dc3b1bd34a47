/*
 * tls-sni-01 through the running server, for labs: a virtual host for each made-up name, on every address where hosts speak TLS on
 * the port. They come last, so that they are nobody's default.
 */
#pragma once

#include "plugins/apache/challenge.h"
#include "plugins/sni_sites.h"

/* c->port: of TLS. ERR_CONFIG: no mod_ssl, the port speaks no TLS, or a host takes every name. */
MUST_CHECK struct err *apache_plan_sni(struct change *out, const struct apache_challenges *c,
				       const struct sni_site *sites, size_t count);
