#include "plugins/nginx/document.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "plugins/nginx/lexer.h"
#include "plugins/nginx/word.h"

struct parser {
	struct lexer lexer;
	struct document *doc;
	struct directive *parent; /* the block we are in */
	struct directive **next;  /* where the next directive goes */
	size_t depth;
	size_t done; /* up to here the text belongs to directives */
};

static void directive_free(struct directive *d);

static void directives_free(struct directive *first)
{
	while (first != NULL) {
		struct directive *next = first->next;

		directive_free(first);
		first = next;
	}
}

static void directive_free(struct directive *d)
{
	directives_free(d->first);
	for (size_t i = 0; i < d->word_count; i++)
		free(d->words[i].value);
	free(d->words);
	free(d->included);
	free(d);
}

static struct directive *begin(struct parser *p, const struct token *t)
{
	struct directive *d = xcalloc(1, sizeof(*d));

	d->doc = p->doc;
	d->parent = p->parent;
	d->lead = p->done;
	d->line = t->line;
	*p->next = d;
	p->next = &d->next;
	return d;
}

static void add_word(struct directive *d, const struct token *t)
{
	bool full = (d->word_count & (d->word_count - 1)) == 0; /* 0, 1, 2, 4 ... */

	if (full)
		d->words = xrealloc(d->words, d->word_count > 0 ? 2 * d->word_count : 1,
				    sizeof(*d->words));
	d->words[d->word_count++] = (struct word){
		.start = t->start,
		.end = t->end,
		.value = word_value(d->doc->text + t->start, t->end - t->start),
	};
}

static const char *printable_name(const struct directive *d, char **hold)
{
	*hold = str_printable(d->words[0].value, 60);
	return *hold;
}

static struct err *unended(const struct directive *d, const struct token *t)
{
	AUTO(free) char *name = NULL;

	if (t->kind == TOKEN_END)
		return err_new(ERR_PARSE, "line %u: \"%s\" has no \";\" up to the end of the file",
			       d->line, printable_name(d, &name));
	return err_new(ERR_PARSE, "line %u: a \"}\" where \"%s\" of line %u has had no \";\" yet",
		       t->line, printable_name(d, &name), d->line);
}

/* The words up to what ends them. */
static struct err *read_words(struct parser *p, struct directive *d, struct token *t)
{
	while (t->kind == TOKEN_WORD) {
		add_word(d, t);
		TRY(lexer_next(&p->lexer, t));
	}
	if (t->kind == TOKEN_END || t->kind == TOKEN_CLOSE)
		return unended(d, t);
	d->open = t->start;
	return NULL;
}

static bool holds_lua(const struct directive *d)
{
	return str_ends(d->words[0].value, "_by_lua_block");
}

static void end(struct parser *p, struct directive *d)
{
	d->end = p->done = p->lexer.at;
	d->close = d->body != BODY_NONE ? d->end - 1 : 0;
}

static struct err *enter(struct parser *p, struct directive *d)
{
	if (++p->depth > LIMIT_SERVER_CONF_DEPTH)
		return err_new(ERR_LIMIT, "line %u: more than %d blocks, one in another", d->line,
			       LIMIT_SERVER_CONF_DEPTH);
	d->body = BODY_BLOCK;
	p->parent = d;
	p->next = &d->first;
	p->done = p->lexer.at;
	return NULL;
}

static struct err *leave(struct parser *p, const struct token *t)
{
	struct directive *d = p->parent;

	if (d == NULL)
		return err_new(ERR_PARSE, "line %u: a \"}\" that closes no block", t->line);
	p->depth--;
	p->parent = d->parent;
	p->next = &d->next;
	end(p, d);
	return NULL;
}

static struct err *read_directive(struct parser *p, struct token *t)
{
	struct directive *d = begin(p, t);

	TRY(read_words(p, d, t));
	if (t->kind == TOKEN_OPEN && !holds_lua(d))
		return enter(p, d);
	if (t->kind == TOKEN_OPEN) {
		d->body = BODY_LUA;
		TRY(lexer_skip_lua(&p->lexer, d->line));
	}
	end(p, d);
	return NULL;
}

static struct err *unclosed(const struct directive *d)
{
	AUTO(free) char *name = NULL;

	return err_new(ERR_PARSE,
		       "line %u: the block of \"%s\" that opens here has no \"}\" that ends it",
		       d->line, printable_name(d, &name));
}

static struct err *parse(struct parser *p)
{
	for (;;) {
		struct token t;

		TRY(lexer_next(&p->lexer, &t));
		if (t.kind == TOKEN_END)
			return p->parent != NULL ? unclosed(p->parent) : NULL;
		if (t.kind == TOKEN_CLOSE)
			TRY(leave(p, &t));
		else if (t.kind == TOKEN_WORD)
			TRY(read_directive(p, &t));
		else
			return err_new(
				ERR_PARSE,
				"line %u: a \"%c\" without the name of a directive before it",
				t.line, p->doc->text[t.start]);
	}
}

static void content_free(const struct document *d)
{
	directives_free(d->first);
	free(d->text);
}

struct err *document_replace(struct document *d, const char *text, size_t len)
{
	const struct document old = *d;
	struct parser p = { .doc = d, .next = &d->first };

	d->first = NULL;
	d->text = xmalloc(len + 1);
	if (len > 0)
		memcpy(d->text, text, len);
	d->text[len] = '\0';
	d->len = len;
	lexer_init(&p.lexer, d->text, len);
	struct err *e = parse(&p);

	content_free(e != NULL ? d : &old);
	if (e != NULL)
		*d = old;
	return err_wrap(e, "%s", d->path);
}

struct err *document_parse(struct document **out, const char *path, const char *text, size_t len)
{
	AUTO(document_free) struct document *d = xcalloc(1, sizeof(*d));

	d->path = xstrdup(path);
	TRY(document_replace(d, text, len));
	*out = MOVE(d);
	return NULL;
}

static void write_range(const struct document *d, struct buf *out, size_t from, size_t to)
{
	buf_add(out, d->text + from, to - from);
}

/* -> up to where the text of the block has been written. */
static size_t write_directives(const struct directive *d, struct buf *out, size_t from);

static size_t write_words(const struct directive *d, struct buf *out)
{
	size_t at = d->lead;

	for (size_t i = 0; i < d->word_count; i++) {
		write_range(d->doc, out, at, d->words[i].start);
		write_range(d->doc, out, d->words[i].start, d->words[i].end);
		at = d->words[i].end;
	}
	return at;
}

static size_t write_directives(const struct directive *d, struct buf *out, size_t from)
{
	for (; d != NULL; d = d->next) {
		size_t at = write_words(d, out);

		write_range(d->doc, out, at, d->open + 1);
		if (d->body == BODY_BLOCK)
			at = write_directives(d->first, out, d->open + 1);
		else
			at = d->open + 1;
		write_range(d->doc, out, at, d->end);
		from = d->end;
	}
	return from;
}

void document_write(const struct document *d, struct buf *out)
{
	size_t at = write_directives(d->first, out, 0);

	write_range(d, out, at, d->len);
}

void document_free(struct document *d)
{
	if (d == NULL)
		return;
	content_free(d);
	free(d->path);
	free(d);
}

bool directive_is(const struct directive *d, const char *name)
{
	return streq(d->words[0].value, name);
}

const char *directive_word(const struct directive *d, size_t i)
{
	return i < d->word_count ? d->words[i].value : NULL;
}

char *directive_place(const struct directive *d)
{
	return str_fmt("%s:%u", d->doc->path, d->line);
}
