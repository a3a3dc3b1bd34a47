#include "base/ini_value.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

#define ITEMS_MAX 1000 /* elements of one list: the matcher below recurses for each */

void ini_value_release(struct ini_value *v)
{
	strlist_release(&v->items);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t skip_space(const char *text, size_t at)
{
	while (is_space(text[at]))
		at++;
	return at;
}

bool ini_is_tail(const char *rest)
{
	char c = rest[skip_space(rest, 0)];

	return c == '\0' || c == '#';
}

/*
 * ConfigObj matches with a backtracking expression: an element ends at the first place from which the rest can be read.
 * What cannot lead to a match is remembered, so that the time stays linear: `dead` has the places where no element can
 * start, `no_element` and `no_last` have for each kind of quote the first place behind which no closing one helps.
 */
struct span {
	size_t from, end;
};

struct matcher {
	const char *text;
	bool *dead;
	size_t no_element[2], no_last[2];
	struct span *items;
	size_t count;
	bool is_list;
	bool bad; /* matched, but with an empty element */
	size_t body_len;
};

static void matcher_release(struct matcher *m)
{
	free(m->dead);
	free(m->items);
}

AUTO_RELEASE(struct matcher, matcher_release)

static bool match_from(struct matcher *m, size_t at);

static void push(struct matcher *m, size_t from, size_t end)
{
	m->items = xrealloc(m->items, m->count + 1, sizeof(*m->items));
	m->items[m->count++] = (struct span){ from, end };
}

/* text[from .. end) is an element and a comma follows: does the rest fit? */
static bool match_element(struct matcher *m, size_t from, size_t end, size_t comma)
{
	size_t next = skip_space(m->text, comma + 1);
	bool was_list = m->is_list;

	if (m->dead[next] || m->count >= ITEMS_MAX)
		return false;
	push(m, from, end);
	m->is_list = true;
	m->body_len = comma + 1;
	if (match_from(m, next))
		return true;
	m->count--;
	m->is_list = was_list;
	return false;
}

/* The next closing quote behind `at`, not behind `limit`; 0: none. */
static size_t closing(const struct matcher *m, size_t at, char quote, size_t limit)
{
	const char *q = strchr(m->text + at + 1, quote);

	return q != NULL && (size_t)(q - m->text) <= limit ? (size_t)(q - m->text) : 0;
}

static bool match_quoted_element(struct matcher *m, size_t at)
{
	char quote = m->text[at];
	size_t *limit = &m->no_element[quote == '"'];

	for (size_t q = at; (q = closing(m, q, quote, *limit)) != 0;) {
		size_t comma = skip_space(m->text, q + 1);

		if (m->text[comma] == ',' && match_element(m, at, q + 1, comma))
			return true;
	}
	if (at < *limit)
		*limit = at;
	return false;
}

static size_t trimmed_end(const char *text, size_t from, size_t end)
{
	while (end > from && is_space(text[end - 1]))
		end--;
	return end;
}

/* A quote or nothing may start an element only where white space can be taken as its first character. */
static bool match_bare_element(struct matcher *m, size_t at)
{
	size_t comma = at + strcspn(m->text + at, ",#");
	bool after_space = at > 0 && is_space(m->text[at - 1]);

	if (m->text[comma] != ',' || (strchr("'\",", m->text[at]) != NULL && !after_space))
		return false;
	if (comma == at)
		m->bad = true;
	return match_element(m, at, trimmed_end(m->text, at, comma), comma);
}

static bool match_last(struct matcher *m, size_t from, size_t end)
{
	push(m, from, end);
	m->body_len = end;
	return true;
}

static bool match_quoted_last(struct matcher *m, size_t at)
{
	char quote = m->text[at];
	size_t *limit = &m->no_last[quote == '"'];

	for (size_t q = at; (q = closing(m, q, quote, *limit)) != 0;)
		if (ini_is_tail(m->text + q + 1))
			return match_last(m, at, q + 1);
	if (at < *limit)
		*limit = at;
	return false;
}

static bool match_bare_last(struct matcher *m, size_t at)
{
	size_t end = at + strcspn(m->text + at, ",#");

	if (m->text[end] == ',')
		return false;
	return match_last(m, at, trimmed_end(m->text, at, end));
}

/* Nothing here: the end of a list, or an empty value. */
static bool match_nothing(struct matcher *m, size_t at)
{
	return m->is_list || match_last(m, at, at);
}

static bool match_from(struct matcher *m, size_t at)
{
	char c = m->text[at];
	bool matched;

	if (m->dead[at])
		return false;
	if (c == '\0' || c == '#')
		matched = match_nothing(m, at);
	else if (c == '"' || c == '\'')
		matched = match_quoted_element(m, at) || match_quoted_last(m, at) ||
			  match_bare_element(m, at);
	else
		matched = match_bare_element(m, at) || match_bare_last(m, at);
	m->dead[at] = !matched;
	return matched;
}

static char *unquoted(const char *text, struct span s)
{
	char c = text[s.from];
	bool quoted = s.end - s.from >= 2 && (c == '"' || c == '\'') && text[s.end - 1] == c;

	return xstrndup(text + s.from + quoted, s.end - s.from - 2 * (size_t)quoted);
}

static bool is_empty_list(const char *text)
{
	return text[0] == ',' && ini_is_tail(text + 1);
}

bool ini_value_parse(struct ini_value *out, size_t *body_len, const char *text)
{
	AUTO(matcher_release)
	struct matcher m = {
		.text = text,
		.dead = xcalloc(strlen(text) + 1, sizeof(bool)),
		.no_element = { SIZE_MAX, SIZE_MAX },
		.no_last = { SIZE_MAX, SIZE_MAX },
	};

	if (is_empty_list(text)) {
		*out = (struct ini_value){ .is_list = true };
		*body_len = 1;
		return true;
	}
	if (!match_from(&m, 0) || m.bad)
		return false;
	*out = (struct ini_value){ .is_list = m.is_list };
	for (size_t i = 0; i < m.count; i++)
		strlist_take(&out->items, unquoted(text, m.items[i]));
	*body_len = m.body_len;
	return true;
}

static bool has(const char *text, char c)
{
	return strchr(text, c) != NULL;
}

static bool is_edge(char c)
{
	return c != '\0' && strchr(" \r\n\v\f\t'\"", c) != NULL;
}

char *ini_quote_item(const char *text)
{
	size_t len = strlen(text);
	bool bare = len > 0 && !is_edge(text[0]) && !is_edge(text[len - 1]) && !has(text, ',') &&
		    !has(text, '#');

	if (bare)
		return xstrdup(text);
	return has(text, '"') && !has(text, '\'') ? str_fmt("'%s'", text) : str_fmt("\"%s\"", text);
}

/* A bare carriage return would end the line. ConfigObj takes the wrong triple quotes for a text that has triple quotes itself, and cannot read it back; we can. */
char *ini_quote(const char *text)
{
	bool both = has(text, '\'') && has(text, '"');

	if (!both && !has(text, '\n') && !has(text, '\r'))
		return ini_quote_item(text);
	return strstr(text, "'''") != NULL ? str_fmt("\"\"\"%s\"\"\"", text)
					   : str_fmt("'''%s'''", text);
}

char *ini_quote_list(const struct strlist *items)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);

	for (size_t i = 0; i < items->count; i++) {
		AUTO(free) char *item = ini_quote_item(items->items[i]);

		buf_addf(&b, "%s%s", i > 0 ? ", " : "", item);
	}
	if (items->count < 2)
		buf_addc(&b, ',');
	return buf_detach(&b);
}
