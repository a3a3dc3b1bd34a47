#include "plugins/apache/line.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

/* What httpd takes for white space, whatever the locale. */
static bool is_space(char c)
{
	return c != '\0' && strchr(" \t\n\v\f\r", c) != NULL;
}

/* Where the physical line that begins at `from` ends, line end included. */
static size_t line_end(const char *data, size_t len, size_t from)
{
	const char *end = memchr(data + from, '\n', len - from);

	return end != NULL ? (size_t)(end - data) + 1 : len;
}

/* How much of it is text, and whether it goes on. A last line without a line end does not. */
static bool continues(const char *data, size_t from, size_t to, size_t *text_to)
{
	size_t end = to;

	*text_to = to;
	if (end == from || data[end - 1] != '\n')
		return false;
	end--;
	if (end > from && data[end - 1] == '\r')
		end--;
	*text_to = end;
	if (end == from || data[end - 1] != '\\')
		return false;
	*text_to = end - 1;
	return true;
}

static char *trimmed(const struct buf *b)
{
	size_t from = 0, to = b->len;

	while (from < to && is_space(b->data[from]))
		from++;
	while (to > from && is_space(b->data[to - 1]))
		to--;
	return to > from ? xstrndup(b->data + from, to - from) : xstrdup("");
}

bool apache_line_read(struct apache_line *out, const char *data, size_t len, size_t from)
{
	AUTO(buf_release) struct buf text = BUF_INIT(len + 1);
	struct apache_line l = { .from = from, .to = from };
	bool more = true;

	if (from >= len)
		return false;
	while (more && l.to < len) {
		size_t begin = l.to, text_to = 0;

		l.to = line_end(data, len, begin);
		more = continues(data, begin, l.to, &text_to);
		buf_add(&text, data + begin, text_to - begin);
		l.count++;
	}
	l.text = trimmed(&text);
	*out = l;
	return true;
}

/* The end of the word that begins at s. A quote that is never closed goes to the end of the line, as in httpd. */
static const char *word_end(const char *s, char quote)
{
	if (quote == '\0') {
		while (*s != '\0' && !is_space(*s))
			s++;
		return s;
	}
	while (*s != '\0' && *s != quote)
		s += *s == '\\' && (s[1] == quote || s[1] == '\\') ? 2 : 1;
	return s;
}

/* \\ is one backslash; in quotes \" is a quote; other backslashes stay. */
static char *unescaped(const char *s, size_t len, char quote)
{
	char *word = xmalloc(len + 1), *to = word;

	for (size_t i = 0; i < len; i++) {
		bool escape = s[i] == '\\' && i + 1 < len &&
			      (s[i + 1] == '\\' || (quote != '\0' && s[i + 1] == quote));

		*to++ = s[escape ? ++i : i];
	}
	*to = '\0';
	return word;
}

char *apache_word(const char **rest)
{
	const char *s = *rest;

	while (is_space(*s))
		s++;
	if (*s == '\0')
		return NULL;
	char quote = *s == '"' || *s == '\'' ? *s++ : '\0';
	const char *end = word_end(s, quote);
	char *word = unescaped(s, (size_t)(end - s), quote);

	if (quote != '\0' && *end != '\0')
		end++;
	*rest = end;
	return word;
}

char *apache_quoted(const char *word, bool always)
{
	AUTO(buf_release) struct buf b = BUF_INIT(3 + 2 * strlen(word));
	bool plain = *word != '\0' && strpbrk(word, " \t\v\f\r\n\"'\\") == NULL;

	if (plain && !always)
		return xstrdup(word);
	buf_addc(&b, '"');
	for (const char *s = word; *s != '\0'; s++)
		buf_addf(&b, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	buf_addc(&b, '"');
	return buf_detach(&b);
}
