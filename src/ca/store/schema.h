/* The tables, and bringing those of an older program up to date: schema/N.sql, applied in turn, each in one transaction. */
#pragma once

#include <stddef.h>

#include "ca/store/db.h"

/* The generated list of schema/. */
extern const char *const migrations[];
extern const size_t migration_count;

/* ERR_CONFIG when the schema is newer than the list. */
MUST_CHECK struct err *schema_update(struct db *db, const char *const *steps, size_t count);
/* Whether that would refuse it; nothing is changed. version: 0: it has no tables yet. */
MUST_CHECK struct err *schema_check(int64_t *version, struct db *db, size_t count);
