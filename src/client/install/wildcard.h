/* The sites that a wildcard certificate is installed in (certbot.md 15.5, 16.4). */
#pragma once

#include "client/install/installer.h"

enum wildcard_scope {
	WILDCARD_ALL_SITES,
	WILDCARD_TLS_SITES, /* those that have a certificate already */
};

/*
 * Adds names; each wildcard is replaced by the names of the sites that a person chooses among those it covers. Where it covers none it
 * stays: the plugin knows what to do. Nobody to ask: the sites that are named by the wildcard itself, or the only one; else ERR_CONFIG.
 */
MUST_CHECK struct err *wildcards_settle(struct strlist *out, const struct installer *i,
					struct client *c, const struct strlist *names,
					enum wildcard_scope scope);
