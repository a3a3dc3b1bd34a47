#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"

#define COMMAND_LINE_SHOWN 200

struct lock {
	int fd;
	char *path;
};

char *process_command_line(pid_t pid)
{
	AUTO(free) char *path = str_fmt("/proc/%ld/cmdline", (long)pid);
	AUTO(free) char *raw = NULL;
	size_t len = 0;
	struct err *e = fs_read(&raw, &len, path, LIMIT_FILE);

	if (e != NULL || len == 0) {
		err_ignore(e);
		return NULL;
	}
	for (size_t i = 0; i + 1 < len; i++)
		if (raw[i] == '\0')
			raw[i] = ' ';
	return str_printable(raw, COMMAND_LINE_SHOWN);
}

static struct flock whole_file(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

static char *holder_of(int fd)
{
	struct flock held = whole_file();

	if (fcntl(fd, F_GETLK, &held) != 0 || held.l_type == F_UNLCK || held.l_pid <= 0)
		return xstrdup("a process that cannot be seen from here");
	AUTO(free) char *line = process_command_line(held.l_pid);

	if (line == NULL)
		return str_fmt("PID %ld", (long)held.l_pid);
	return str_fmt("PID %ld, %s", (long)held.l_pid, line);
}

/* The first words are Certbot's: scripts look for them. */
static struct err *busy(const struct lock *l)
{
	AUTO(free) char *holder = holder_of(l->fd);

	return err_new(ERR_BUSY, "Another instance of Certbot is already running. %s holds %s", holder,
		       l->path);
}

/* Whoever released the lock before us unlinked the file: then ours is not the one that others will see. */
static bool still_there(const struct lock *l)
{
	struct stat by_path;
	struct stat by_fd;

	return stat(l->path, &by_path) == 0 && fstat(l->fd, &by_fd) == 0 &&
	       by_path.st_dev == by_fd.st_dev && by_path.st_ino == by_fd.st_ino;
}

static struct err *try_once(struct lock *l, bool *done)
{
	struct flock wanted = whole_file();

	fd_close(l->fd);
	l->fd = open(l->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (l->fd < 0)
		return err_errno(errno, "opening the lock file %s", l->path);
	if (fcntl(l->fd, F_SETLK, &wanted) != 0) {
		if (errno == EACCES || errno == EAGAIN)
			return busy(l);
		return err_errno(errno, "locking %s", l->path);
	}
	*done = still_there(l);
	return NULL;
}

static void lock_forget(struct lock *l)
{
	if (l == NULL)
		return;
	fd_close(l->fd);
	free(l->path);
	free(l);
}

AUTO_FREE(struct lock, lock_forget)

struct err *lock_acquire(struct lock **out, const char *dir)
{
	AUTO(lock_forget) struct lock *l = xcalloc(1, sizeof(*l));
	bool done = false;

	l->fd = -1;
	l->path = fs_join(dir, ".certbot.lock");
	while (!done)
		TRY(try_once(l, &done));
	*out = MOVE(l);
	return NULL;
}

void lock_release(struct lock *l)
{
	if (l == NULL)
		return;
	err_ignore(fs_unlink(l->path));
	lock_forget(l);
}
