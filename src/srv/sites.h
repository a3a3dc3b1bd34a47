/* Sites of a server's configuration, from which a person chooses those that a wildcard certificate is for. */
#pragma once

#include "base/str.h"

struct site {
	const void *host;     /* what the plugin knows it by; not looked into */
	char *shown;          /* one line for people: names, place, whether it speaks TLS */
	struct strlist names; /* those that are covered */
	bool tls;
};

struct sites {
	struct site *items;
	size_t count;
};

/* "*.a.test" covers x.a.test and itself, in any case; patterns and deeper names it does not. */
bool wildcard_covers(const char *wildcard, const char *name);

/* The site of this host: the one that is there, or a new one at the end, whose `shown` is NULL. A loan until the next call. */
struct site *sites_get(struct sites *l, const void *host);
/* Leaves those that speak TLS. */
void sites_keep_tls(struct sites *l);
void sites_release(struct sites *l);

AUTO_RELEASE(struct sites, sites_release)
