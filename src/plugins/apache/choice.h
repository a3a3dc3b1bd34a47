/* Which virtual hosts a request for a name can come to by plain HTTP, whatever addresses the server has. */
#pragma once

#include "plugins/apache/config.h"

struct apache_choice {
	struct apache_vhost **items; /* each section once; lent by the configuration */
	size_t count;
};

/*
 * Adds those that name it, on any port (a redirect to HTTPS leads there), and for each address with this port where no host
 * names it the first one, which httpd takes instead. The main server where requests may fall through to it.
 */
void apache_choose_for_http(struct apache_choice *out, const struct apache_config *c,
			    const char *name, unsigned port);
/*
 * Adds the hosts that have exactly the name of `like`, and speak TLS or plain HTTP on this port as it does, at addresses of their own:
 * IPv4 and IPv6 are often two hosts.
 */
void apache_choose_alike(struct apache_choice *out, const struct apache_config *c,
			 struct apache_vhost *like, const char *name, unsigned port);
void apache_choice_release(struct apache_choice *l);

AUTO_RELEASE(struct apache_choice, apache_choice_release)
