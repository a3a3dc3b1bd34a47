/* What processes and their children have used. */
#pragma once

#include <stddef.h>

struct usage {
	double cpu_s;
	long rss_kib, peak_kib;
};

struct usage usage_of(const int *pids, size_t count);
