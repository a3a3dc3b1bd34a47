/* The names that the configuration of the installer's server has, as they are offered for a certificate (certbot.md 6.2). */
#pragma once

#include "client/client.h"

/* None: no installer was named, or its server has no names that a CA would take. Sorted by domain, then by host. */
MUST_CHECK struct err *names_offered(struct strlist *out, struct client *c);
