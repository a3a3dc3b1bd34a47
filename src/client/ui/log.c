#include "client/ui/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"

#define LOG_NAME "letsencrypt.log"
#define LOG_BYTES_MAX LIMIT_MIB(1) /* then it is rotated within a run */

void log_init(struct log *l)
{
	*l = (struct log){ .fd = -1, .waiting = BUF_INIT(LIMIT_MIB(1)) };
}

void log_release(struct log *l)
{
	fd_close(l->fd);
	free(l->path);
	free(l->dir);
	buf_release(&l->waiting);
	log_init(l);
}

static char *backup_name(int64_t number)
{
	return str_fmt(LOG_NAME ".%lld", (long long)number);
}

static bool exists_at(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The first number that is free, or the last one that is kept. */
static int64_t first_gap(int dir, int64_t max)
{
	int64_t n = 1;

	for (; n < max; n++) {
		AUTO(free) char *name = backup_name(n);

		if (!exists_at(dir, name))
			break;
	}
	return n;
}

/* .1 becomes .2 and so on up to the first gap, then the log becomes .1. */
static struct err *rotate(const char *path, int64_t max)
{
	AUTO(fd_close) int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_errno(errno, "opening %s", path);
	if (!exists_at(dir, LOG_NAME))
		return NULL;
	for (int64_t n = first_gap(dir, max); n >= 1; n--) {
		AUTO(free) char *from = n > 1 ? backup_name(n - 1) : xstrdup(LOG_NAME);
		AUTO(free) char *to = backup_name(n);

		if (renameat(dir, from, dir, to) != 0)
			return err_errno(errno, "rotating %s/%s", path, from);
	}
	return NULL;
}

static struct err *open_file(struct log *l)
{
	struct stat st;

	l->fd = open(l->path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0664);
	if (l->fd < 0)
		return err_errno(errno, "opening the log file %s", l->path);
	l->size = fstat(l->fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
	return NULL;
}

static struct err *write_bytes(struct log *l, const char *data, size_t len)
{
	l->size += len;
	while (len > 0) {
		ssize_t n = write(l->fd, data, len);

		if (n < 0 && errno != EINTR)
			return err_errno(errno, "writing %s", l->path);
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return NULL;
}

static struct err *start_over(struct log *l)
{
	fd_close(l->fd);
	l->fd = -1;
	TRY(rotate(l->dir, l->max_backups));
	return open_file(l);
}

static struct err *append(struct log *l, const char *data, size_t len)
{
	if (l->max_backups > 0 && l->size > 0 && l->size + len > LOG_BYTES_MAX)
		TRY(start_over(l));
	return write_bytes(l, data, len);
}

static void give_up(struct log *l, struct err *e)
{
	AUTO(err_free) struct err *owned = e;
	AUTO(free) char *why = err_text(owned);

	fd_close(l->fd);
	l->fd = -1;
	l->waiting.max = l->waiting.len; /* nothing more is kept */
	(void)fprintf(stderr, "The log file is not written any more: %s\n", why);
}

/* One that could not be opened has no path: what has waited belongs elsewhere. */
static struct err *open_first(struct log *l)
{
	struct err *e = l->max_backups > 0 ? rotate(l->dir, l->max_backups) : NULL;

	if (e == NULL)
		e = open_file(l);
	if (e != NULL)
		free(MOVE(l->path));
	return e;
}

struct err *log_open(struct log *l, const char *dir, int64_t max_backups)
{
	l->dir = xstrdup(dir);
	l->path = fs_join(dir, LOG_NAME);
	l->max_backups = max_backups;
	TRY(open_first(l));
	struct err *e = append(l, buf_str(&l->waiting), l->waiting.len);

	buf_release(&l->waiting);
	if (e != NULL)
		give_up(l, e);
	return NULL;
}

static void add_record(struct buf *out, int64_t now_ms, const char *level, const char *name,
		       const char *text)
{
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm t = { 0 };

	(void)localtime_r(&seconds, &t);
	buf_addf(out, "%04d-%02d-%02d %02d:%02d:%02d,%03d:%s:%s:%s\n", t.tm_year + 1900,
		 t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (int)(now_ms % 1000),
		 level, name, text);
}

void log_write(struct log *l, int64_t now_ms, const char *level, const char *name, const char *text)
{
	AUTO(buf_release) struct buf record = BUF_INIT(LIMIT_MIB(4));

	if (l->fd < 0) {
		add_record(&l->waiting, now_ms, level, name, text);
		return;
	}
	add_record(&record, now_ms, level, name, text);
	struct err *e = append(l, record.data, record.len);

	if (e != NULL)
		give_up(l, e);
}

const char *log_keep_temporary(struct log *l)
{
	const char *tmp = getenv("TMPDIR");
	/* of the eight characters mkdtemp() chooses six */
	AUTO(free) char *name = str_fmt("certbot-log-%02xXXXXXX", (unsigned)getpid() & 0xff);
	AUTO(free) char *dir = fs_join(tmp != NULL && *tmp != '\0' ? tmp : "/tmp", name);

	if (mkdtemp(dir) == NULL)
		return NULL;
	AUTO(free) char *path = fs_join(dir, "log");
	struct err *e = fs_create(path, buf_str(&l->waiting), l->waiting.len, 0600);

	if (e != NULL) {
		err_ignore(e);
		(void)rmdir(dir);
		return NULL;
	}
	free(l->path);
	l->path = MOVE(path);
	return l->path;
}
