/* The files read so far, each once whatever links lead to it. */
#pragma once

#include "plugins/apache/config.h"

struct apache_library {
	void *by_path; /* a search tree of files (tsearch) */
	size_t bytes;
};

/* Reads it unless it is there; the file belongs to c. */
MUST_CHECK struct err *apache_library_get(struct apache_file **out, struct apache_library *l,
					  struct apache_config *c, const char *path);
void apache_library_release(struct apache_library *l);

AUTO_RELEASE(struct apache_library, apache_library_release)
