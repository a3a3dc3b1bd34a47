/* Numbers by text keys, as many as fit: of too many, the one that was not asked for longest goes. */
#pragma once

#include <stdint.h>

#include "base/mem.h"

struct tally;

struct tally *tally_new(size_t max);
void tally_free(struct tally *t);

/* The number of this key, 0 at first. A loan until the next call. */
int64_t *tally_at(struct tally *t, const char *key);
/* 0 where there is none. */
int64_t tally_peek(const struct tally *t, const char *key);

AUTO_FREE(struct tally, tally_free)
