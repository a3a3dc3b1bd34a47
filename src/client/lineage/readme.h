/* The texts that tell people what the live directories are. */
#pragma once

#include "base/err.h"

/* Each leaves a README that is there as it is. */
MUST_CHECK struct err *readme_write_live(const char *dir);
MUST_CHECK struct err *readme_write_lineage(const char *dir);
