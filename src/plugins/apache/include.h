/* The files that an Include or IncludeOptional names, in the order in which httpd reads them. */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* path is absolute; it may hold wildcards, or be a directory. optional: nothing there is fine. */
MUST_CHECK struct err *apache_include(struct strlist *out, const char *path, bool optional);
