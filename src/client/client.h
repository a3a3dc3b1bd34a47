/* The program's one state, made in main and passed down as the part that is needed. */
#pragma once

#include "base/world.h"
#include "client/opt/options.h"
#include "client/ui/event.h"

struct tree;
struct hooks;
struct ca_pool;
struct responders;
struct commons;
struct opened_list;

struct client {
	const struct world *world;
	struct options *opt;   /* of the command line; a lineage being renewed has its own copy */
	struct ui *ui;
	struct tree *tree;     /* NULL until locked */
	struct hooks *hooks;   /* what has run in this process, what is owed at the end */
	struct opened_list *opened; /* plugins in use; NULL: each use opens its own */
	bool recovered;        /* a server's files were put back at the start, and it does not know yet */
	struct ca_pool *cas;   /* one session a CA and account in this run */
	struct responders *responders; /* who says whether certificates are revoked */
	struct commons *commons; /* what instances of a plugin share */
};
