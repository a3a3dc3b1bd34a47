/* Where a name is served by TLS, and what is to be seen there. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "net/resolver.h"

/* Of the PROXY protocol, version 1. It tells of no client, so the server goes on with the address that it sees. */
#define PROXY_HEADER "PROXY UNKNOWN\r\n"

struct endpoint {
	char *name;             /* SNI */
	struct address address; /* to connect to */
	bool proxied;           /* PROXY_HEADER is to come before all else */
	bool optional;          /* the other family's of a wildcard: may be closed */
	char *fullchain; /* path: the certificate that shall be shown, with its chain; may be NULL */
};

struct endpoints {
	struct endpoint *items;
	size_t count;
	bool unseen;              /* there are places that nobody can look at from here */
	struct strlist elsewhere; /* for people: addresses at which the name comes to others */
};

/*
 * As servers write it: host is an address with or without brackets ("0.0.0.0" and "[::]" become loopback), or "*",
 * "_default_", NULL for both families; names as hosts are looked up by the caller. What is there already is not added again.
 * ERR_CONFIG when host is no address. fullchain NULL: whatever is shown there is fine.
 */
MUST_CHECK struct err *endpoints_add(struct endpoints *e, const char *name, const char *host,
				     unsigned port, const char *fullchain);

/* A socket for all addresses but those that have sockets of their own, which others may have. */
struct wide_socket {
	const char *host; /* "*", "0.0.0.0" or "[::]" */
	unsigned port;
	const struct strlist *own; /* addresses, as servers write them */
	bool optional;             /* it may be closed at this machine's own addresses */
};

/* At an address of this machine that comes to it; where there is none, it is unseen. */
MUST_CHECK struct err *endpoints_add_wide(struct endpoints *e, const char *name,
					  const struct wide_socket *s, const char *fullchain);
void endpoints_add_address(struct endpoints *e, const char *name, const struct address *at,
			   const char *fullchain);
void endpoints_release(struct endpoints *e);

AUTO_RELEASE(struct endpoints, endpoints_release)
