/* Who listens on a port: /proc/net/tcp tells the socket's inode, /proc/PID/fd who has it open (proc(5)). */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "net/server.h"

/*
 * A line's columns: sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ...
 * "socket:[inode]" when it listens on the port (given as ":0050"), else NULL.
 */
static char *listener_in(const char *line, const char *port)
{
	AUTO(strlist_release) struct strlist columns = { 0 };

	strlist_split(&columns, line, ' ');
	if (columns.count < 10 || !str_ends(columns.items[1], port) ||
	    !streq(columns.items[3], "0A"))
		return NULL;
	return str_fmt("socket:[%s]", columns.items[9]);
}

static void add_listeners(struct strlist *sockets, const char *table, unsigned port)
{
	AUTO(free) char *hex = str_fmt(":%04X", port);
	AUTO(free) char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(table, "re");

	while (f != NULL && getline(&line, &size, f) > 0) {
		char *found = listener_in(line, hex);

		if (found != NULL)
			strlist_take(sockets, found);
	}
	if (f != NULL)
		(void)fclose(f);
}

static bool has_open(const char *pid, const struct strlist *sockets)
{
	AUTO(free) char *dir = str_fmt("/proc/%s/fd", pid);
	AUTO(strlist_release) struct strlist fds = { 0 };

	err_ignore(fs_list(&fds, dir));
	for (size_t i = 0; i < fds.count; i++) {
		AUTO(free) char *path = fs_join(dir, fds.items[i]);
		AUTO(free) char *target = NULL;

		err_ignore(fs_readlink(&target, path));
		if (target != NULL && strlist_has(sockets, target))
			return true;
	}
	return false;
}

static char *program_name(const char *pid)
{
	AUTO(free) char *path = str_fmt("/proc/%s/comm", pid);
	AUTO(free) char *name = NULL;

	err_ignore(fs_read(&name, NULL, path, LIMIT_KIB(1)));
	if (name == NULL)
		return str_fmt("PID %s", pid);
	AUTO(free) char *trimmed = str_trimmed(name);
	AUTO(free) char *shown = str_printable(trimmed, 64);

	return str_fmt("%s (PID %s)", shown, pid);
}

char *port_holder(unsigned port)
{
	AUTO(strlist_release) struct strlist sockets = { 0 };
	AUTO(strlist_release) struct strlist processes = { 0 };

	add_listeners(&sockets, "/proc/net/tcp", port);
	add_listeners(&sockets, "/proc/net/tcp6", port);
	if (sockets.count > 0)
		err_ignore(fs_list(&processes, "/proc"));
	for (size_t i = 0; i < processes.count; i++)
		if (isdigit((unsigned char)processes.items[i][0]) &&
		    has_open(processes.items[i], &sockets))
			return program_name(processes.items[i]);
	return NULL;
}
