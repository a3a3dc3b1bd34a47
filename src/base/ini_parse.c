#include <string.h>

#include "base/ini_file.h"
#include "base/limits.h"

struct parser {
	struct ini *f;
	const char *next;
	size_t line_number;
	struct ini_section *section;
	struct buf lead;
	bool started; /* the first entry or section has been seen */
};

struct line {
	const char *start;
	size_t len;     /* without its end */
	size_t eol_len; /* 0 at the end of a file that does not end a line */
	char *text;     /* the same, NUL-ended */
};

static void line_release(struct line *l)
{
	free(l->text);
}

AUTO_RELEASE(struct line, line_release)

static bool next_line(struct line *l, struct parser *p)
{
	if (*p->next == '\0')
		return false;
	free(l->text);
	l->start = p->next;
	l->len = strcspn(p->next, "\r\n");
	l->eol_len = str_starts(l->start + l->len, "\r\n") ? 2 : l->start[l->len] != '\0';
	l->text = xstrndup(l->start, l->len);
	p->next += l->len + l->eol_len;
	p->line_number++;
	return true;
}

static struct err *bad(const struct parser *p, const char *why)
{
	return err_new(ERR_PARSE, "line %zu: %s", p->line_number, why);
}

static const char *skip_space(const char *s)
{
	return s + strspn(s, " \t\v\f\r\n");
}

/* The line end of the line; the file's own one where the last line has none. */
static char *tail_of(const struct parser *p, const struct line *l, size_t from)
{
	struct buf tail = BUF_INIT(2 * LIMIT_FILE);

	buf_add(&tail, l->text + from, l->len - from);
	if (l->eol_len > 0)
		buf_add(&tail, l->start + l->len, l->eol_len);
	else
		buf_adds(&tail, p->f->eol);
	return buf_detach(&tail);
}

static char *take_lead(struct parser *p)
{
	if (p->started)
		return buf_detach(&p->lead);
	p->started = true;
	buf_adds(&p->lead, "");
	free(p->f->initial);
	p->f->initial = buf_detach(&p->lead);
	return xstrdup("");
}

static void note_indent(struct parser *p, const char *line)
{
	const char *end = skip_space(line);

	if (p->f->indent[0] == '\0' && end > line) {
		free(p->f->indent);
		p->f->indent = xstrndup(line, (size_t)(end - line));
	}
}

/* "[[ name ]]": the name and its bounds; false when the line is none. Brackets may be spaced. */
struct marker {
	size_t opened, closed;
	char *name;
};

static const char *skip_opening(const char *s, size_t *count)
{
	for (s = skip_space(s); *s == '['; s = skip_space(s + 1))
		++*count;
	return s;
}

/* The rest from s is closing brackets and nothing but a comment. */
static bool is_closing(const char *s, size_t *count)
{
	*count = 0;
	for (s = skip_space(s); *s == ']'; s = skip_space(s + 1))
		++*count;
	return *count > 0 && ini_is_tail(s);
}

/* Where a name that starts at s ends: the first place from which only closing brackets follow. */
static const char *name_end(const char *s, size_t *closed)
{
	bool quoted = *s == '"' || *s == '\'';

	if (*s == '\0')
		return NULL;
	for (const char *end = s + 1; *end != '\0'; end++)
		if ((!quoted || (end - s >= 3 && end[-1] == *s)) && is_closing(end, closed))
			return end;
	return NULL;
}

static bool parse_marker(struct marker *m, const char *text)
{
	const char *start = skip_opening(text, &m->opened);
	const char *end = m->opened > 0 ? name_end(start, &m->closed) : NULL;
	bool quoted;

	if (end == NULL)
		return false;
	quoted = *start == '"' || *start == '\'';
	m->name = xstrndup(start + quoted, (size_t)(end - start) - 2 * (size_t)quoted);
	return true;
}

static struct err *open_section(struct parser *p, const struct line *l, const struct marker *m)
{
	struct ini_section *parent = p->section;

	if (m->opened != m->closed)
		return bad(p, "the brackets of the section do not match");
	if (m->opened > parent->depth + 1)
		return bad(p, "a section is nested too deep");
	while (parent->depth >= m->opened)
		parent = parent->parent;
	if (ini_find_section(parent, m->name, strlen(m->name)) != NULL ||
	    ini_find_entry(parent, m->name) != NULL)
		return bad(p, "the section is there twice");
	note_indent(p, l->text);
	p->section = ini_add_section(parent, xstrdup(m->name));
	free(p->section->lead);
	free(p->section->line);
	p->section->lead = take_lead(p);
	p->section->line = tail_of(p, l, 0);
	return NULL;
}

/* Where the key ends: the "=" behind it, or NULL. */
static const char *find_equals(const char *key)
{
	if (*key != '"' && *key != '\'')
		return *key != '=' ? strchr(key, '=') : NULL;
	for (const char *q = key; (q = strchr(q + 1, *key)) != NULL;) {
		const char *equals = skip_space(q + 1);

		if (*equals == '=')
			return equals;
	}
	return NULL;
}

static char *unquoted_key(const char *start, const char *equals)
{
	while (equals > start && strchr(" \t\v\f\r\n", equals[-1]) != NULL)
		equals--;
	bool quoted = *start == '"' || *start == '\'';

	return xstrndup(start + quoted, (size_t)(equals - start) - 2 * (size_t)quoted);
}

/* The value of ''' or """ may go on over several lines. body_end: offset behind the closing quotes in the last line. */
static struct err *read_triple(struct parser *p, struct line *l, size_t from, struct buf *body,
			       size_t *body_end)
{
	AUTO(free) char *quote = xstrndup(l->text + from, 3);
	size_t start = from + 3;

	buf_adds(body, quote);
	for (;;) {
		const char *line = l->text + start;

		for (const char *q = line; (q = strstr(q, quote)) != NULL; q++) {
			if (!ini_is_tail(q + 3))
				continue;
			buf_add(body, line, (size_t)(q - line) + 3);
			*body_end = (size_t)(q - l->text) + 3;
			return NULL;
		}
		if (strstr(line, quote) != NULL)
			return bad(p, "text behind a closing triple quote");
		buf_add(body, line, strlen(line));
		buf_add(body, l->start + l->len, l->eol_len);
		TRY(buf_check(body, "value"));
		if (!next_line(l, p))
			return bad(p, "a triple quote that is not closed");
		start = 0;
	}
}

/* The text between triple quotes, line ends as "\n". */
static char *inner_of_triple(const char *body)
{
	struct buf b = BUF_INIT(LIMIT_FILE);
	size_t end = strlen(body) - 3;

	for (size_t i = 3; i < end; i++) {
		if (body[i] == '\r' && body[i + 1] == '\n')
			i++;
		buf_addc(&b, body[i] == '\r' ? '\n' : body[i]);
	}
	return buf_detach(&b);
}

static struct err *parse_triple(struct parser *p, struct ini_entry *e, struct line *l, size_t from)
{
	AUTO(buf_release) struct buf body = BUF_INIT(LIMIT_INI_VALUE);
	size_t body_end = 0;

	TRY(read_triple(p, l, from, &body, &body_end));
	e->body = buf_detach(&body);
	e->tail = tail_of(p, l, body_end);
	strlist_take(&e->value.items, inner_of_triple(e->body));
	return NULL;
}

static struct err *parse_plain(struct parser *p, struct ini_entry *e, const struct line *l,
			       size_t from)
{
	size_t body_len = 0;

	if (l->len - from > LIMIT_INI_VALUE)
		return bad(p, "the value is too long");
	if (!ini_value_parse(&e->value, &body_len, l->text + from))
		return bad(p, "the value is not well formed (quotes, commas)");
	e->body = xstrndup(l->text + from, body_len);
	e->tail = tail_of(p, l, from + body_len);
	return NULL;
}

static bool starts_triple(const char *s)
{
	return str_starts(s, "'''") || str_starts(s, "\"\"\"");
}

static struct err *parse_entry(struct parser *p, struct line *l)
{
	const char *key = skip_space(l->text);
	const char *equals = find_equals(key);

	if (equals == NULL || equals == key)
		return bad(p, "neither a section nor a key with a value");
	AUTO(free) char *name = unquoted_key(key, equals);

	if (ini_find_entry(p->section, name) != NULL)
		return bad(p, "the key is there twice");
	note_indent(p, l->text);
	struct ini_entry *e = ini_add_entry(p->section, MOVE(name));
	size_t from = (size_t)(skip_space(equals + 1) - l->text);

	e->lead = take_lead(p);
	e->head = xstrndup(l->text, from);
	return starts_triple(l->text + from) ? parse_triple(p, e, l, from)
					     : parse_plain(p, e, l, from);
}

static struct err *parse_line(struct parser *p, struct line *l)
{
	AUTO(free) char *name = NULL;
	struct marker m = { 0 };

	if (ini_is_tail(l->text)) {
		AUTO(free) char *whole = tail_of(p, l, 0);

		buf_adds(&p->lead, whole);
		return NULL;
	}
	if (!parse_marker(&m, l->text))
		return parse_entry(p, l);
	name = m.name;
	return open_section(p, l, &m);
}

static struct err *parse_lines(struct parser *p)
{
	AUTO(line_release) struct line l = { 0 };

	while (next_line(&l, p))
		TRY(parse_line(p, &l));
	return NULL;
}

static void note_eol(struct ini *f, const char *text)
{
	const char *end = text + strcspn(text, "\r\n");

	if (*end == '\0')
		return;
	free(f->eol);
	f->eol = xstrndup(end, str_starts(end, "\r\n") ? 2 : 1);
}

static struct err *parse_text(struct ini *f, const char *text)
{
	static const char mark[] = "\xef\xbb\xbf";
	bool marked = str_starts(text, mark);
	struct parser p = {
		.f = f,
		.next = text + (marked ? strlen(mark) : 0),
		.section = &f->top,
		.lead = BUF_INIT(2 * LIMIT_FILE),
	};

	note_eol(f, text);
	if (marked)
		buf_adds(&p.lead, mark);
	struct err *e = parse_lines(&p);
	char **rest = p.started ? &f->final : &f->initial;

	free(*rest);
	*rest = buf_detach(&p.lead);
	return e;
}

struct err *ini_parse(struct ini **out, const char *text, size_t len)
{
	AUTO(ini_free) struct ini *f = ini_new();

	if (len > LIMIT_FILE)
		return err_new(ERR_LIMIT, "larger than %zu bytes", LIMIT_FILE);
	if (memchr(text, '\0', len) != NULL)
		return err_new(ERR_PARSE, "a NUL byte in the text");
	AUTO(free) char *copy = xstrndup(text, len);

	TRY(parse_text(f, copy));
	*out = MOVE(f);
	return NULL;
}
