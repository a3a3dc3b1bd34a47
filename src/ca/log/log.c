#include "ca/log/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"

struct ca_log {
	struct log_options options;
	char *path;
	int fd;
	pthread_mutex_t lock; /* of fd */
};

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error",
};
static_assert(ARRAY_LEN(level_names) == LOG_LEVEL_COUNT, "a name for each level");

static struct err *open_file(int *out, const char *path)
{
	int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640)
			      : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return err_errno(errno, "log %s", path != NULL ? path : "standard error");
	*out = fd;
	return NULL;
}

struct err *ca_log_new(struct ca_log **out, const struct log_options *o)
{
	int fd = -1;

	TRY(open_file(&fd, o->path));
	struct ca_log *l = xcalloc(1, sizeof(*l));

	l->options = *o;
	l->path = o->path != NULL ? xstrdup(o->path) : NULL;
	l->fd = fd;
	(void)pthread_mutex_init(&l->lock, NULL);
	*out = l;
	return NULL;
}

struct err *ca_log_reopen(struct ca_log *l)
{
	int fd = -1;

	if (l->path == NULL)
		return NULL;
	TRY(open_file(&fd, l->path));
	(void)pthread_mutex_lock(&l->lock);
	fd_close(l->fd);
	l->fd = fd;
	(void)pthread_mutex_unlock(&l->lock);
	return NULL;
}

void ca_log_free(struct ca_log *l)
{
	if (l == NULL)
		return;
	fd_close(l->fd);
	(void)pthread_mutex_destroy(&l->lock);
	free(l->path);
	free(l);
}

/* --- one line --- */

static char *field_text(const struct log_field *f)
{
	if (f->kind == LOG_KIND_ERROR)
		return f->error != NULL ? err_text(f->error) : NULL;
	return f->text != NULL ? str_printable(f->text, LIMIT_KIB(2)) : NULL;
}

/* Words stand bare, anything else between quotes. */
static void add_value(struct buf *b, const char *text)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "-_.:/@*+,%~?&=[]";

	if (*text != '\0' && text[strspn(text, bare)] == '\0') {
		buf_adds(b, text);
		return;
	}
	AUTO(json_release) json_t *string = json_string(text);
	AUTO(free) char *quoted = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;

	buf_adds(b, quoted != NULL ? quoted : "\"?\"");
}

static void add_text_field(struct buf *b, const struct log_field *f)
{
	AUTO(free) char *text = NULL;

	if (f->kind == LOG_KIND_NUMBER) {
		buf_addf(b, " %s=%lld", f->key, (long long)f->number);
		return;
	}
	text = field_text(f);
	if (text == NULL)
		return;
	buf_addf(b, " %s=", f->key);
	add_value(b, text);
}

static void add_json_field(json_t *line, const struct log_field *f)
{
	AUTO(free) char *text = NULL;

	if (f->kind == LOG_KIND_NUMBER) {
		(void)json_object_set_new(line, f->key, json_integer(f->number));
		return;
	}
	text = field_text(f);
	if (text != NULL)
		(void)json_object_set_new(line, f->key, json_string(text));
}

/* "2026-11-27T10:12:31.042Z" */
static void add_time(struct buf *b, const struct clock *clock)
{
	int64_t ms = clock_now_ms(clock);
	AUTO(free) char *seconds = time_rfc3339((time_t)(ms / 1000));

	buf_addf(b, "%.19s.%03dZ", seconds, (int)(ms % 1000));
}

static void add_json_line(struct buf *b, const char *time, enum log_level level, const char *event,
			  const struct log_field *fields, size_t count)
{
	AUTO(json_release) json_t *line = json_object();

	(void)json_object_set_new(line, "time", json_string(time));
	(void)json_object_set_new(line, "level", json_string(level_names[level]));
	(void)json_object_set_new(line, "event", json_string(event));
	for (size_t i = 0; i < count; i++)
		add_json_field(line, &fields[i]);
	AUTO(free) char *text = json_compact(line);

	buf_addf(b, "%s\n", text);
}

static void write_line(struct ca_log *l, const struct buf *b)
{
	(void)pthread_mutex_lock(&l->lock);
	/* A log that cannot be written must not stop the service. */
	if (write(l->fd, b->data, b->len) < 0)
		errno = 0;
	(void)pthread_mutex_unlock(&l->lock);
}

void ca_log(struct ca_log *l, enum log_level level, const char *event,
	    const struct log_field *fields, size_t count)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(64));
	AUTO(buf_release) struct buf time = BUF_INIT(64);

	if (l == NULL || level < l->options.level)
		return;
	add_time(&time, l->options.clock);
	if (l->options.json) {
		add_json_line(&b, buf_str(&time), level, event, fields, count);
	} else {
		buf_addf(&b, "%s %-7s %s", buf_str(&time), level_names[level], event);
		for (size_t i = 0; i < count; i++)
			add_text_field(&b, &fields[i]);
		buf_addc(&b, '\n');
	}
	write_line(l, &b);
}
