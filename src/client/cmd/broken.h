/* A renewal file that cannot be used: why, for a line that names the certificate and the file already. */
#pragma once

#include "base/err.h"

char *broken_why(const struct err *e, const char *lineage, const char *conf);
