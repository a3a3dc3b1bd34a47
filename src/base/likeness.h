/* Making one file or directory like another in all but content: owner, mode, extended attributes (access lists, labels). */
#pragma once

#include <sys/stat.h>

#include "base/err.h"

/*
 * *exact becomes false, and the rest is left, where a file system or our rights do not allow it; it is not set to true. By descriptors:
 * a name may lead elsewhere by now. path is to's, for the error.
 */
MUST_CHECK struct err *likeness_copy(bool *exact, int from, int to, const char *path);
/* After a call that failed: *exact becomes false where errno says that it cannot be done here, else the error. */
MUST_CHECK struct err *likeness_failed(bool *exact, const char *what, const char *path);
