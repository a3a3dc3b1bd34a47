#include "srv/said.h"

#include <string.h>

#include "base/limits.h"

/* nginx says some lines five times. */
static char *each_once(const char *text)
{
	AUTO(strlist_release) struct strlist lines = { 0 }, once = { 0 };

	strlist_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.count; i++)
		(void)strlist_add_unique(&once, lines.items[i]);
	return strlist_join(&once, " ");
}

char *said_line(const char *text)
{
	AUTO(free) char *once = each_once(text);
	AUTO(free) char *trimmed = str_trimmed(once);
	size_t len = strlen(trimmed), max = LIMIT_KIB(2);
	const char *end = len > max ? trimmed + len - max : trimmed;

	for (char *p = trimmed; *p != '\0'; p++)
		if (*p == '\r' || *p == '\t')
			*p = ' ';
	return str_printable(end, max + 8);
}

static const char *behind_brackets(const char *p)
{
	const char *close;

	while (str_starts(p, " [") && (close = strchr(p, ']')) != NULL)
		p = close + 1;
	return p;
}

char *said_refusal(const char *text, const char *mark)
{
	AUTO(free) char *line = xstrndup(text, strcspn(text, "\n"));
	const char *p = line + strlen(mark);
	const char *reason = behind_brackets(p);

	return said_line(reason > p ? reason : line);
}

pid_t said_by(const char *text, const char *mark)
{
	const char *p = text + strlen(mark);
	int64_t pid = 0;

	p += strspn(p, " [");
	if (str_starts(p, "pid "))
		p += strlen("pid ");
	AUTO(free) char *number = xstrndup(p, strspn(p, "0123456789"));
	char end = p[strlen(number)];
	bool is_pid = end == '#' || end == ':' || end == ']';

	return is_pid && str_to_int(number, 1, INT32_MAX, &pid) ? (pid_t)pid : 0;
}
