#include "base/family.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#define STAT_MAX 4096

/* Of /proc/PID/stat, counted from behind the name (proc(5) counts from 1, and the state is 3). */
enum { STAT_PARENT = 1, STAT_GROUP = 2, STAT_STARTED = 19 };

struct member {
	int64_t pid, parent, group, started;
};

struct family {
	struct member *members; /* every process there is */
	size_t count;
};

static void family_release(struct family *f)
{
	free(f->members);
}

AUTO_RELEASE(struct family, family_release)

/* The name may hold anything, also spaces and parentheses. */
static bool read_stat(struct member *m, const char *pid)
{
	AUTO(free) char *path = str_fmt("/proc/%s/stat", pid);
	AUTO(free) char *text = NULL;
	AUTO(strlist_release) struct strlist fields = { 0 };

	err_ignore(fs_read_if_exists(&text, NULL, path, STAT_MAX));
	const char *behind_name = text != NULL ? strrchr(text, ')') : NULL;

	if (behind_name == NULL || strlen(behind_name) < 2)
		return false;
	strlist_split(&fields, behind_name + 2, ' ');
	return fields.count > STAT_STARTED && str_to_int(pid, 1, INT32_MAX, &m->pid) &&
	       str_to_int(fields.items[STAT_PARENT], 0, INT32_MAX, &m->parent) &&
	       str_to_int(fields.items[STAT_GROUP], 0, INT32_MAX, &m->group) &&
	       str_to_int(fields.items[STAT_STARTED], 0, INT64_MAX, &m->started);
}

static void read_all(struct family *f)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	err_ignore(fs_list(&names, "/proc"));
	f->members = xcalloc(names.count, sizeof(*f->members));
	for (size_t i = 0; i < names.count; i++)
		if (read_stat(&f->members[f->count], names.items[i]))
			f->count++;
}

static const struct member *find(const struct family *f, int64_t pid)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->members[i].pid == pid)
			return &f->members[i];
	return NULL;
}

/* What was read piece by piece may hold a circle: no chain is longer than the whole. */
static bool descends_from(const struct family *f, const struct member *m, int64_t ancestor)
{
	for (size_t steps = 0; m != NULL && steps < f->count; steps++) {
		if (m->parent == ancestor)
			return true;
		m = find(f, m->parent);
	}
	return false;
}

void family_adopt(bool on)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, on ? 1UL : 0UL, 0UL, 0UL, 0UL);
}

void family_signal(pid_t first, int number)
{
	AUTO(family_release) struct family f = { 0 };

	read_all(&f);
	const struct member *oldest = find(&f, first);

	for (size_t i = 0; oldest != NULL && i < f.count; i++) {
		const struct member *m = &f.members[i];

		if (m != oldest && m->group == getpgrp() && m->started >= oldest->started &&
		    descends_from(&f, m, getpid()))
			(void)kill((pid_t)m->pid, number);
	}
}
