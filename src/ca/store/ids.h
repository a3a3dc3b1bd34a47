/*
 * Numbers of accounts, orders and authorizations: ever larger, so that lists by age follow the primary key and rows are appended;
 * with chance in them, so that they do not tell how busy the CA is. They fit an int64_t until 2089.
 */
#pragma once

#include <stdint.h>

#include "base/world.h"

struct ids {
	const struct world *world;
	int64_t last;
};

int64_t ids_next(struct ids *i);
