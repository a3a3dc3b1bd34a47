/* Names to addresses, handed in. The system's is getaddrinfo. */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/err.h"

struct address {
	struct sockaddr_storage addr;
	socklen_t len;
};

struct address_list {
	struct address *items;
	size_t count;
};

struct resolver {
	/* Stream addresses of host (a name or a literal), IPv6 and IPv4 in the system's order; at least one. */
	struct err *(*lookup)(struct resolver *r, const char *host, unsigned port, struct address_list *out);
};

extern struct resolver system_resolver;

char *address_text(const struct address *a); /* "127.0.0.1", "::1" */
unsigned address_port(const struct address *a);
void address_set_port(struct address *a, unsigned port);
char *address_port_text(const struct address *a); /* "127.0.0.1:443", "[::1]:443" */
bool address_same(const struct address *a, const struct address *b); /* with port */
void address_list_release(struct address_list *l);
AUTO_RELEASE(struct address_list, address_list_release)
