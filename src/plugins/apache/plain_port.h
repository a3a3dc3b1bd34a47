/* The port of HTTPS where it speaks plain HTTP: the first host of an address decides for all connections to it. */
#pragma once

#include "plugins/apache/site.h"

/* ERR_CONFIG: it does for others, where v or its copy is to speak TLS for the name; with the place of such a host, and what to do. */
MUST_CHECK struct err *apache_check_plain_port(const struct apache_sites *s,
					       const struct apache_vhost *v, const char *name);
