#include "plugins/nginx/insert.h"

#include <string.h>

#include "base/limits.h"

static const char default_unit[] = "    ";

const char *insert_line_end(const struct document *d)
{
	const char *lf = memchr(d->text, '\n', d->len);

	return lf != NULL && lf > d->text && lf[-1] == '\r' ? "\r\n" : "\n";
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t line_start(const struct document *d, size_t at)
{
	while (at > 0 && d->text[at - 1] != '\n')
		at--;
	return at;
}

static size_t skip_blanks(const struct document *d, size_t at)
{
	while (at < d->len && is_blank(d->text[at]))
		at++;
	return at;
}

static bool is_first_on_line(const struct document *d, size_t at)
{
	return skip_blanks(d, line_start(d, at)) == at;
}

/* The white space that the line of this place begins with. */
static char *indent_at(const struct document *d, size_t at)
{
	size_t start = line_start(d, at);

	return xstrndup(d->text + start, skip_blanks(d, start) - start);
}

/* The first of them that begins its line shows how all of them are indented. */
static char *indent_of_children(const struct directive *first)
{
	for (const struct directive *d = first; d != NULL; d = d->next)
		if (is_first_on_line(d->doc, d->words[0].start))
			return indent_at(d->doc, d->words[0].start);
	return NULL;
}

/* What a block's content is indented by against the block itself, from the first block of the file where that is to be seen. */
static char *unit_below(const struct directive *d)
{
	for (; d != NULL; d = d->next) {
		AUTO(free) char *outer = indent_at(d->doc, d->words[0].start);
		AUTO(free) char *inner = indent_of_children(d->first);
		char *deeper = NULL;

		if (inner != NULL && str_starts(inner, outer) && strlen(inner) > strlen(outer))
			return xstrdup(inner + strlen(outer));
		if (d->first != NULL && (deeper = unit_below(d->first)) != NULL)
			return deeper;
	}
	return NULL;
}

static char *unit_of(const struct document *d)
{
	char *unit = unit_below(d->first);

	return unit != NULL ? unit : xstrdup(default_unit);
}

static char *indent_in(const struct directive *block)
{
	char *inner = indent_of_children(block->first);

	if (inner != NULL)
		return inner;
	AUTO(free) char *outer = indent_at(block->doc, block->words[0].start);
	AUTO(free) char *unit = unit_of(block->doc);

	return str_fmt("%s%s", outer, unit);
}

/* How lines are put into a place. */
struct style {
	const char *line_end;
	char *indent, *unit;
};

static void style_release(struct style *s)
{
	free(s->indent);
	free(s->unit);
}

AUTO_RELEASE(struct style, style_release)

static struct style style_in(const struct directive *block)
{
	return (struct style){ insert_line_end(block->doc), indent_in(block), unit_of(block->doc) };
}

static void add_line(struct buf *b, const struct style *s, const char *line)
{
	buf_adds(b, *line != '\0' ? s->indent : "");
	for (; *line == '\t'; line++)
		buf_adds(b, s->unit);
	buf_adds(b, line);
}

/* Each line with a line end before it. */
static void add_below(struct buf *b, const struct style *s, const struct strlist *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		buf_adds(b, s->line_end);
		add_line(b, s, lines->items[i]);
	}
}

/* Behind the comment that may follow on the line; false: something else follows. */
static bool rest_is_comment(const struct document *d, size_t from, size_t *end)
{
	size_t at = skip_blanks(d, from);

	if (at < d->len && d->text[at] != '#' && d->text[at] != '\r' && d->text[at] != '\n')
		return false;
	while (at < d->len && d->text[at] != '\n')
		at++;
	*end = at > from && d->text[at - 1] == '\r' ? at - 1 : at;
	return true;
}

/*
 * The directives of a line, one to a line. Certbot takes the line end before a directive for a part of it: what stands behind one
 * that it removes would be in the comment above.
 */
static void part_line(struct splices *s, const struct directive *d, const char *between)
{
	for (; d != NULL && d->next != NULL; d = d->next) {
		if (skip_blanks(d->doc, d->end) != d->next->words[0].start)
			return;
		splices_replace(s, d->end, d->next->words[0].start, between);
	}
}

/* Behind a word: what follows it in its block. */
struct gap {
	const struct document *doc;
	size_t at;
	const struct directive *next;
};

/* Where more stands on the line it goes to lines of its own. */
static void insert_below(struct splices *s, const struct gap *gap, const struct style *style,
			 const struct strlist *lines)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_SERVER_CONF_FILE);
	AUTO(free) char *between = str_fmt("%s%s", style->line_end, style->indent);
	size_t end = gap->at;

	add_below(&b, style, lines);
	if (rest_is_comment(gap->doc, gap->at, &end)) {
		splices_insert(s, end, buf_str(&b));
		return;
	}
	buf_adds(&b, between);
	splices_replace(s, gap->at, skip_blanks(gap->doc, gap->at), buf_str(&b));
	part_line(s, gap->next, between);
}

void insert_first(struct splices *s, const struct directive *block, const struct strlist *lines)
{
	AUTO(style_release) struct style style = style_in(block);

	insert_below(s, &(struct gap){ block->doc, block->open + 1, block->first }, &style, lines);
}

void insert_behind(struct splices *s, const struct directive *d, const struct strlist *lines)
{
	AUTO(style_release)
	struct style style = { insert_line_end(d->doc), indent_at(d->doc, d->words[0].start),
			       unit_of(d->doc) };

	insert_below(s, &(struct gap){ d->doc, d->end, d->next }, &style, lines);
}

void insert_instead(struct splices *s, const struct directive *d, const struct strlist *lines)
{
	const struct document *doc = d->doc;
	size_t start = d->words[0].start, end = d->end;

	while (start > 0 && is_blank(doc->text[start - 1]))
		start--;
	if (start > 0 && doc->text[start - 1] == '\n')
		start--;
	if (start > 0 && doc->text[start] == '\n' && doc->text[start - 1] == '\r')
		start--;
	(void)rest_is_comment(doc, d->end, &end);
	splices_replace(s, start, end, "");
	insert_behind(s, d, lines);
}

void insert_last(struct splices *s, const struct directive *block, const struct strlist *lines)
{
	const struct document *d = block->doc;
	AUTO(style_release) struct style style = style_in(block);
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_SERVER_CONF_FILE);
	bool own_line = is_first_on_line(d, block->close);
	size_t start = own_line ? line_start(d, block->close) : block->close;

	for (size_t i = 0; i < lines->count; i++) {
		buf_adds(&b, i == 0 && !own_line ? style.line_end : "");
		add_line(&b, &style, lines->items[i]);
		buf_adds(&b, style.line_end);
	}
	AUTO(free) char *outer = indent_at(d, block->words[0].start);

	while (!own_line && start > block->open + 1 && is_blank(d->text[start - 1]))
		start--;
	buf_adds(&b, own_line ? "" : outer);
	splices_replace(s, start, own_line ? start : block->close, buf_str(&b));
}
