/*
 * Who listens: the TCP sockets that accept connections. The kernel is asked for them by sock_diag(7); where that cannot be, as in
 * another network namespace than ours, its tables are read.
 */
#pragma once

#include "net/resolver.h"

struct listener {
	struct address at; /* wildcards as they are */
	uint64_t inode;
};

struct listeners {
	struct listener *items;
	size_t count;
};

/* Adds those of the network that the process sees; pid 0: this one. */
void listeners_gather(struct listeners *out, pid_t pid);
void listeners_from_table(struct listeners *out, pid_t pid); /* by the tables alone */
void listeners_release(struct listeners *l);

AUTO_RELEASE(struct listeners, listeners_release)
