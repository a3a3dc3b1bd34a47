#include "plugins/nginx/word.h"

#include <string.h>

#include "base/buf.h"

/* What stands for \c; '\0': the backslash is an ordinary byte. */
static char unescaped(char c)
{
	switch (c) {
	case '"':
	case '\'':
	case '\\':
		return c;
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	default:
		return '\0';
	}
}

char *word_value(const char *text, size_t len)
{
	bool quoted = len >= 2 && (text[0] == '"' || text[0] == '\'');
	const char *end = text + len - quoted;
	char *value = xmalloc(len + 1);
	size_t n = 0;

	for (const char *s = text + quoted; s < end; s++) {
		char c = *s == '\\' && s + 1 < end ? unescaped(s[1]) : '\0';

		value[n++] = c != '\0' ? c : *s;
		s += c != '\0';
	}
	value[n] = '\0';
	return value;
}

static bool is_plain(const char *value)
{
	return *value != '\0' && strchr("\"'#})", *value) == NULL &&
	       strpbrk(value, " \t\r\n;{\\") == NULL;
}

char *word_quoted(const char *value)
{
	struct buf b = BUF_INIT(2 * strlen(value) + 2);

	if (is_plain(value))
		return xstrdup(value);
	buf_addc(&b, '"');
	for (; *value != '\0'; value++)
		buf_addf(&b, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
	buf_addc(&b, '"');
	return buf_detach(&b);
}
