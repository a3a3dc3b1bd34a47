#include "usage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

static double ticks_of(int pid)
{
	unsigned long user, system;
	long waited_user, waited_system;
	AUTO(free) char *path = str_fmt("/proc/%d/stat", pid);
	char text[1024];
	FILE *f = fopen(path, "re");
	double ticks = 0;

	if (f == NULL)
		return 0;
	if (fgets(text, sizeof(text), f) != NULL && strrchr(text, ')') != NULL &&
	    sscanf(strrchr(text, ')') + 2,
		   "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld", &user, &system,
		   &waited_user, &waited_system) == 4)
		ticks = (double)user + (double)system + (double)waited_user + (double)waited_system;
	fclose(f);
	return ticks;
}

static void add_memory(struct usage *u, int pid)
{
	AUTO(free) char *path = str_fmt("/proc/%d/status", pid);
	char line[256];
	long kib;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			u->rss_kib += kib;
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			u->peak_kib += kib;
	}
	fclose(f);
}

static void add_process(struct usage *u, int pid, int depth)
{
	AUTO(free) char *path = str_fmt("/proc/%d/task/%d/children", pid, pid);
	FILE *f = fopen(path, "re");
	int child;

	u->cpu_s += ticks_of(pid) / (double)sysconf(_SC_CLK_TCK);
	add_memory(u, pid);
	if (f == NULL)
		return;
	while (depth > 0 && fscanf(f, "%d", &child) == 1)
		add_process(u, child, depth - 1);
	fclose(f);
}

struct usage usage_of(const int *pids, size_t count)
{
	struct usage u = { 0 };

	for (size_t i = 0; i < count; i++)
		add_process(&u, pids[i], 3);
	return u;
}
