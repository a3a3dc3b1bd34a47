/* The texts that tell people what the live directories are. */
#pragma once

#include "base/err.h"

/* Leaves a README that is there as it is. */
MUST_CHECK struct err *readme_write_live(const char *dir);
/* Into a directory that is new, and is synced by who made it. */
MUST_CHECK struct err *readme_write_lineage(const char *dir);
