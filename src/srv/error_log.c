#include "srv/error_log.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "net/process.h"
#include "srv/said.h"

struct log_mark error_log_mark(const struct webserver *s, pid_t master)
{
	struct stat st;
	bool there = s->error_log != NULL && stat(s->error_log, &st) == 0;

	return (struct log_mark){ s, master, there ? st.st_size : 0 };
}

char *error_log_since(const struct log_mark *m)
{
	char *text = NULL;

	if (m->server->error_log != NULL)
		err_ignore(fs_read_from(&text, m->server->error_log, m->size, LIMIT_SERVER_OUTPUT));
	return text;
}

static bool is_of_another(pid_t writer, pid_t master)
{
	AUTO(free) char *name = writer != 0 ? process_name(writer) : NULL;

	return name != NULL && master != 0 && writer != master && process_parent(writer) != master;
}

char *error_log_refusal(const struct log_mark *m)
{
	const char *mark = m->server->refusal;
	AUTO(free) char *text = mark != NULL ? error_log_since(m) : NULL;
	const char *found = text != NULL ? strstr(text, mark) : NULL;

	while (found != NULL && is_of_another(said_by(found, mark), m->master))
		found = strstr(found + strlen(mark), mark);
	return found != NULL ? said_refusal(found, mark) : NULL;
}

char *error_log_hint(const struct webserver *s)
{
	return s->error_log != NULL ? str_fmt("; see %s", s->error_log) : xstrdup("");
}
