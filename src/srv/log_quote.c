#include "srv/log_quote.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "srv/said.h"

enum { TAIL = 32 * 1024 };

#define MARK "error]" /* "[error] 812#812: ...", "[security2:error] [pid 812] ..." */

/* Once each, the server's own first. */
static void add_logs(struct strlist *out, const struct webserver *s)
{
	AUTO(free) char *dir = str_fmt("/proc/%d/fd", (int)webserver_pid(s));
	AUTO(strlist_release) struct strlist open = { 0 };

	if (s->error_log != NULL)
		strlist_add(out, s->error_log);
	err_ignore(fs_list(&open, dir));
	for (size_t i = 0; i < open.count; i++) {
		AUTO(free) char *path = fs_join(dir, open.items[i]);
		AUTO(free) char *target = NULL;

		err_ignore(fs_readlink(&target, path));
		if (target != NULL && *target == '/')
			(void)strlist_add_unique(out, target);
	}
}

static char *end_of(const char *path)
{
	struct stat st;
	char *text = NULL;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return NULL;
	off_t skip = st.st_size > TAIL ? st.st_size - TAIL : 0;

	err_ignore(fs_read_from(&text, path, skip, LIMIT_SERVER_OUTPUT));
	return text;
}

static char *last_about(const char *text, const char *token)
{
	AUTO(strlist_release) struct strlist lines = { 0 };

	strlist_split(&lines, text, '\n');
	for (size_t i = lines.count; i > 0; i--) {
		const char *mark = strstr(lines.items[i - 1], MARK);

		if (mark != NULL && strstr(mark, token) != NULL)
			return said_refusal(mark, MARK);
	}
	return NULL;
}

char *log_quote(const struct webserver *s, const char *token)
{
	AUTO(strlist_release) struct strlist logs = { 0 };

	add_logs(&logs, s);
	for (size_t i = 0; i < logs.count; i++) {
		AUTO(free) char *text = end_of(logs.items[i]);
		AUTO(free) char *line = text != NULL ? last_about(text, token) : NULL;

		if (line != NULL)
			return str_fmt("%s: %s", logs.items[i], line);
	}
	return NULL;
}
