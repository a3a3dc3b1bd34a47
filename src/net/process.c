#include "net/process.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "net/listeners.h"
#include "net/tcp_table.h"

static void add_socket(struct strlist *sockets, uint64_t inode)
{
	strlist_take(sockets, str_fmt("socket:[%" PRIu64 "]", inode));
}

/* Both ends as their process sees them: "REMOTE" of ours is "LOCAL" of theirs. */
struct ends {
	char *local, *remote;
	struct strlist *sockets;
};

static void take_joined(void *ends, const struct strlist *columns)
{
	const struct ends *e = ends;

	/* a listener for both families has IPv4 connections in the table of IPv6, as ::ffff:a.b.c.d */
	if (str_ends(columns->items[TCP_COLUMN_LOCAL], e->local) &&
	    str_ends(columns->items[TCP_COLUMN_REMOTE], e->remote))
		strlist_take(e->sockets, str_fmt("socket:[%s]", columns->items[TCP_COLUMN_INODE]));
}

/* The kernel prints the words of an address as numbers of this machine. */
static char *hex_of(const struct address *a)
{
	AUTO(buf_release) struct buf b = BUF_INIT(64);
	const void *bytes = &((const struct sockaddr_in *)&a->addr)->sin_addr;
	size_t words = 1;

	if (a->addr.ss_family == AF_INET6) {
		bytes = &((const struct sockaddr_in6 *)&a->addr)->sin6_addr;
		words = 4;
	}
	for (size_t i = 0; i < words; i++) {
		uint32_t word;

		memcpy(&word, (const char *)bytes + i * sizeof(word), sizeof(word));
		buf_addf(&b, "%08X", (unsigned)word);
	}
	buf_addf(&b, ":%04X", address_port(a));
	return buf_detach(&b);
}

static bool has_any_open(const char *pid, const struct strlist *sockets)
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

static pid_t pid_of(const char *entry)
{
	int64_t pid = 0;

	return str_to_int(entry, 1, INT32_MAX, &pid) ? (pid_t)pid : 0;
}

/* The fields of /proc/PID/stat behind the name, which may have blanks: state is the first. */
static bool read_stat(struct strlist *fields, pid_t pid)
{
	AUTO(free) char *path = str_fmt("/proc/%d/stat", (int)pid);
	AUTO(free) char *text = NULL;

	err_ignore(fs_read_if_exists(&text, NULL, path, LIMIT_KIB(4)));
	const char *behind = text != NULL ? strrchr(text, ')') : NULL;

	if (behind != NULL)
		strlist_split(fields, behind + 1, ' ');
	return fields->count >= 20;
}

enum { STAT_PARENT = 1, STAT_USER = 11, STAT_SYSTEM = 12, STAT_START = 19 };

static time_t boot_time(void)
{
	AUTO(free) char *text = NULL;
	int64_t when = 0;

	err_ignore(fs_read_if_exists(&text, NULL, "/proc/stat", LIMIT_MIB(4)));
	const char *line = text != NULL ? strstr(text, "\nbtime ") : NULL;

	if (line == NULL)
		return 0;
	AUTO(free) char *number = xstrndup(line + 7, strcspn(line + 7, "\n"));

	return str_to_int(number, 0, INT64_MAX, &when) ? (time_t)when : 0;
}

static time_t start_of(pid_t pid)
{
	AUTO(strlist_release) struct strlist fields = { 0 };
	int64_t ticks = 0;

	if (!read_stat(&fields, pid) || !str_to_int(fields.items[STAT_START], 0, INT64_MAX, &ticks))
		return 0;
	return boot_time() + (time_t)(ticks / sysconf(_SC_CLK_TCK));
}

char *process_name(pid_t pid)
{
	AUTO(free) char *path = str_fmt("/proc/%d/comm", (int)pid);
	AUTO(free) char *name = NULL;

	err_ignore(fs_read_if_exists(&name, NULL, path, LIMIT_KIB(1)));
	if (name == NULL)
		return NULL;
	AUTO(free) char *trimmed = str_trimmed(name);

	return str_printable(trimmed, 64);
}

static void find_holder(struct process *out, const struct strlist *sockets)
{
	AUTO(strlist_release) struct strlist processes = { 0 };

	*out = (struct process){ 0 };
	if (sockets->count > 0)
		err_ignore(fs_list(&processes, "/proc"));
	for (size_t i = 0; i < processes.count && out->pid == 0; i++)
		if (isdigit((unsigned char)processes.items[i][0]) &&
		    has_any_open(processes.items[i], sockets))
			out->pid = pid_of(processes.items[i]);
	if (out->pid == 0)
		return;
	out->name = process_name(out->pid);
	out->since = start_of(out->pid);
}

void process_listening(struct process *out, unsigned port)
{
	AUTO(listeners_release) struct listeners all = { 0 };
	AUTO(strlist_release) struct strlist sockets = { 0 };

	listeners_gather(&all, 0);
	for (size_t i = 0; i < all.count; i++)
		if (address_port(&all.items[i].at) == port)
			add_socket(&sockets, all.items[i].inode);
	find_holder(out, &sockets);
}

void process_with_socket(struct process *out, uint64_t inode)
{
	AUTO(strlist_release) struct strlist sockets = { 0 };

	add_socket(&sockets, inode);
	find_holder(out, &sockets);
}

bool process_has_socket(pid_t pid, uint64_t inode)
{
	AUTO(free) char *entry = str_fmt("%d", (int)pid);
	AUTO(strlist_release) struct strlist sockets = { 0 };

	add_socket(&sockets, inode);
	return has_any_open(entry, &sockets);
}

void process_at_other_end(struct process *out, const struct address *ours,
			  const struct address *theirs)
{
	AUTO(free) char *local = hex_of(theirs);
	AUTO(free) char *remote = hex_of(ours);
	AUTO(strlist_release) struct strlist sockets = { 0 };
	struct ends ends = { local, remote, &sockets };

	tcp_table_each("self", take_joined, &ends);
	find_holder(out, &sockets);
}

void process_release(struct process *p)
{
	free(p->name);
}

char *process_text(const struct process *p)
{
	if (p->pid == 0)
		return NULL;
	return p->name != NULL ? str_fmt("%s (PID %d)", p->name, (int)p->pid)
			       : str_fmt("PID %d", (int)p->pid);
}

char *port_holder(unsigned port)
{
	AUTO(process_release) struct process p = { 0 };

	process_listening(&p, port);
	return process_text(&p);
}

pid_t process_parent(pid_t pid)
{
	AUTO(strlist_release) struct strlist fields = { 0 };
	int64_t parent = 0;

	if (!read_stat(&fields, pid) || streq(fields.items[0], "Z") ||
	    !str_to_int(fields.items[STAT_PARENT], 0, INT32_MAX, &parent))
		return 0;
	return (pid_t)parent;
}

bool process_is_stopped(pid_t pid)
{
	AUTO(strlist_release) struct strlist fields = { 0 };

	return read_stat(&fields, pid) &&
	       (streq(fields.items[0], "T") || streq(fields.items[0], "t"));
}

int64_t process_ticks(pid_t pid)
{
	AUTO(strlist_release) struct strlist fields = { 0 };
	int64_t user = 0, system = 0;

	if (!read_stat(&fields, pid) ||
	    !str_to_int(fields.items[STAT_USER], 0, INT64_MAX / 2, &user) ||
	    !str_to_int(fields.items[STAT_SYSTEM], 0, INT64_MAX / 2, &system))
		return -1;
	return user + system;
}

bool process_is_busy(pid_t pid)
{
	AUTO(strlist_release) struct strlist fields = { 0 };

	return read_stat(&fields, pid) &&
	       (streq(fields.items[0], "R") || streq(fields.items[0], "D"));
}

void process_children(pid_t parent, pid_t **out, size_t *count)
{
	AUTO(strlist_release) struct strlist processes = { 0 };
	pid_t *pids;

	err_ignore(fs_list(&processes, "/proc"));
	pids = xcalloc(processes.count + 1, sizeof(*pids));
	*count = 0;
	for (size_t i = 0; i < processes.count; i++) {
		pid_t pid = pid_of(processes.items[i]);

		if (pid != 0 && process_parent(pid) == parent)
			pids[(*count)++] = pid;
	}
	*out = pids;
}

bool process_accepts(pid_t pid)
{
	AUTO(free) char *entry = str_fmt("%d", (int)pid);
	AUTO(listeners_release) struct listeners all = { 0 };
	AUTO(strlist_release) struct strlist sockets = { 0 };

	listeners_gather(&all, pid);
	for (size_t i = 0; i < all.count; i++)
		add_socket(&sockets, all.items[i].inode);
	return has_any_open(entry, &sockets);
}

void process_listeners(struct address_list *out, unsigned port)
{
	AUTO(listeners_release) struct listeners all = { 0 };

	listeners_gather(&all, 0);
	for (size_t i = 0; i < all.count; i++) {
		if (address_port(&all.items[i].at) != port)
			continue;
		out->items = xrealloc(out->items, out->count + 1, sizeof(*out->items));
		out->items[out->count++] = all.items[i].at;
	}
}
