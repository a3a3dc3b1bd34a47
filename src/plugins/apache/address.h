/* "*:80", "[::]:443", "_default_", "192.0.2.1", "a.test:80": what stands in <VirtualHost> and Listen. */
#pragma once

#include "base/err.h"

struct apache_address {
	char *host;    /* "*" for _default_ and for none; IPv6 in brackets */
	unsigned port; /* 0: any */
};

struct apache_addresses {
	struct apache_address *items;
	size_t count;
};

/* The colon in front of the port, past an address in brackets; NULL: no port. */
const char *apache_port_colon(const char *text);
MUST_CHECK struct err *apache_address_add(struct apache_addresses *l, const char *text);
/* Listen 80 and Listen [::]:443: a number alone is a port. */
MUST_CHECK struct err *apache_listen_add(struct apache_addresses *l, const char *text);
/* Do hosts of two <VirtualHost> mean the same? "*", "[::]" and "0.0.0.0" are one for httpd, for IPv4 and IPv6. */
bool apache_host_same(const char *a, const char *b);
bool apache_addresses_have_port(const struct apache_addresses *l,
				unsigned port); /* any port counts */
void apache_addresses_release(struct apache_addresses *l);

AUTO_RELEASE(struct apache_addresses, apache_addresses_release)
