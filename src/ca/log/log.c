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
	pthread_mutex_t lock; /* of fd, and of: */
	struct buf waiting;   /* lines */
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
	l->waiting = BUF_INIT(LIMIT_LOG_WAITING + LIMIT_LOG_LINE);
	(void)pthread_mutex_init(&l->lock, NULL);
	*out = l;
	return NULL;
}

/* The lock is held. A log that cannot be written must not stop the service. */
static void write_waiting(struct ca_log *l)
{
	if (l->waiting.len > 0 && write(l->fd, l->waiting.data, l->waiting.len) < 0)
		errno = 0;
	buf_reset(&l->waiting);
}

void ca_log_flush(struct ca_log *l)
{
	(void)pthread_mutex_lock(&l->lock);
	write_waiting(l);
	(void)pthread_mutex_unlock(&l->lock);
}

struct err *ca_log_reopen(struct ca_log *l)
{
	int fd = -1;

	if (l->path == NULL)
		return NULL;
	TRY(open_file(&fd, l->path));
	(void)pthread_mutex_lock(&l->lock);
	write_waiting(l);
	fd_close(l->fd);
	l->fd = fd;
	(void)pthread_mutex_unlock(&l->lock);
	return NULL;
}

void ca_log_free(struct ca_log *l)
{
	if (l == NULL)
		return;
	write_waiting(l);
	buf_release(&l->waiting);
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

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-_.:/@*+,%~?&=[]", c) != NULL);
}

static bool is_word(const char *text)
{
	if (*text == '\0')
		return false;
	while (is_bare(*text))
		text++;
	return *text == '\0';
}

/* Words stand bare, anything else between quotes. */
static void add_value(struct buf *b, const char *text)
{
	if (is_word(text)) {
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

	if (f->kind != LOG_KIND_NUMBER) {
		text = field_text(f);
		if (text == NULL)
			return;
	}
	buf_addc(b, ' ');
	buf_adds(b, f->key);
	buf_addc(b, '=');
	if (f->kind == LOG_KIND_NUMBER)
		buf_addn(b, f->number);
	else
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

static void add_line(struct ca_log *l, enum log_level level, const struct buf *line)
{
	(void)pthread_mutex_lock(&l->lock);
	buf_add(&l->waiting, line->data, line->len);
	if (level >= LOG_LEVEL_WARNING || l->waiting.len >= LIMIT_LOG_WAITING)
		write_waiting(l);
	(void)pthread_mutex_unlock(&l->lock);
}

void ca_log(struct ca_log *l, enum log_level level, const char *event,
	    const struct log_field *fields, size_t count)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_LOG_LINE);
	AUTO(buf_release) struct buf time = BUF_INIT(64);

	if (l == NULL || level < l->options.level)
		return;
	add_time(&time, l->options.clock);
	if (l->options.json) {
		add_json_line(&b, buf_str(&time), level, event, fields, count);
	} else {
		buf_add(&b, time.data, time.len);
		buf_addc(&b, ' ');
		buf_adds(&b, level_names[level]);
		buf_add(&b, "       ", 8 - strlen(level_names[level]));
		buf_adds(&b, event);
		for (size_t i = 0; i < count; i++)
			add_text_field(&b, &fields[i]);
		buf_addc(&b, '\n');
	}
	add_line(l, level, &b);
}
