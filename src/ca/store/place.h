/* Where the database is, and the world around it: what the threads of a store share, read-only. */
#pragma once

#include "base/world.h"
#include "ca/store/db.h"

struct place {
	const struct db_ops *driver;
	char *where; /* a path or a connection string */
	const struct world *world;
};
