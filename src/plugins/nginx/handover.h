/*
 * tls-alpn-01 through nginx, where its stream block takes the port and looks at a TLS connection before it passes it on
 * (ssl_preread): those that ask for acme-tls/1 and one of the names go to us on loopback, all others where they went before.
 */
#pragma once

#include "base/str.h"
#include "plugins/nginx/config.h"

/*
 * Edits c. names: what connections ask for; port: where they come in; door: ours, on 127.0.0.1. The same port of 127.0.0.2
 * is used too where nginx puts the PROXY protocol before what it passes on. ERR_CONFIG: nobody there can, why, and the way out.
 */
MUST_CHECK struct err *handover_edit(struct config *c, const struct strlist *names, int64_t port,
				     unsigned door);
