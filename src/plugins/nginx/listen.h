/* One `listen` of a server block. */
#pragma once

#include "plugins/nginx/document.h"

struct listen {
	struct directive *at; /* NULL: there is none, which means port 80 */
	char *host; /* "*", "192.0.2.1", "[2001:db8::1]", a name in lower case, "unix:/path" */
	unsigned port, last_port; /* 0 for unix sockets; a range has another last one */
	bool is_default, ssl, quic, proxied;
	bool dual; /* IPv6 and IPv4: ipv6only=off */
};

MUST_CHECK struct err *listen_read(struct listen *out, struct directive *d);
void listen_release(struct listen *l);
bool listen_is_v6(const struct listen *l);

AUTO_RELEASE(struct listen, listen_release)
