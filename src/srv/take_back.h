/* A server and the configuration that it had before. */
#pragma once

#include "srv/webserver.h"

/*
 * As webserver_reload(), for what was put back. Whatever the server makes of it, it is not left dead: one that ends by the reload is
 * started again (WEBSERVER_REVIVED). httpd does end where SSLStaplingCache goes: a graceful restart keeps mod_ssl's pointer to it.
 */
MUST_CHECK struct err *webserver_take_back(const struct webserver *s, const struct world *w,
					   enum webserver_outcome *outcome);
