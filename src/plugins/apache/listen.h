/* Where Apache listens, and the Listen lines that it gets. */
#pragma once

#include "plugins/apache/site.h"

/* Does it listen on this port, at the addresses at which it listens on the other one; at all of them where it has none? */
MUST_CHECK struct err *apache_open_port(struct apache_sites *s, unsigned port, unsigned other,
					bool of_tls);
/*
 * Has a TLS host of this name heard where its addresses are, and where the plain host answers that it was made of (NULL: it was there
 * before). ERR_CONFIG: that takes a start. ERR_BUSY: another program is there.
 */
MUST_CHECK struct err *apache_listen_for(struct apache_sites *s, const struct apache_vhost *tls,
					 const struct apache_vhost *plain, const char *name);
/* ERR_CONFIG: no connection would come to a TLS host of this name, wherever; or none to the https port. */
MUST_CHECK struct err *apache_check_heard(const struct apache_sites *s, const char *name);
MUST_CHECK struct err *apache_check_https(const struct apache_sites *s, const char *name);
