#include "plugins/nginx/snippet.h"

#include <string.h>

#include "plugins/nginx/insert.h"
#include "plugins/nginx/sharing.h"

void snippet_change(struct snippet *s, const struct directive *d, char *text)
{
	AUTO(free) char *owned = text;

	if (d == NULL)
		return;
	s->lines = xrealloc(s->lines, s->count + 1, sizeof(*s->lines));
	s->lines[s->count++] = (struct snippet_line){ d, MOVE(owned) };
}

static const struct snippet_line *line_for(const struct snippet *s, const struct directive *d)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->lines[i].instead_of == d)
			return &s->lines[i];
	return NULL;
}

static bool leads_to_any(const struct snippet *s, const struct directive *include)
{
	for (size_t i = 0; i < s->count; i++)
		if (sharing_leads_to(include, s->lines[i].instead_of))
			return true;
	return false;
}

/* --- a file as lines, one directive each --- */

struct writing {
	const struct snippet *snippet;
	struct strlist *out;
	unsigned level;
};

static void add(const struct writing *w, const char *text, size_t len)
{
	AUTO(free) char *deeper = xcalloc(w->level + 1, 1);

	memset(deeper, '\t', w->level);
	strlist_take(w->out, str_fmt("%s%.*s", deeper, (int)len, text));
}

/* The comment behind a directive on its line; it ends at *end. NULL: there is none. */
static const char *comment_behind(const struct document *d, size_t at, size_t *end)
{
	at += strspn(d->text + at, " \t");
	if (d->text[at] != '#')
		return NULL;
	*end = at + strcspn(d->text + at, "\r\n");
	return d->text + at;
}

/* Those that have lines of their own between two directives. */
static void add_comments(const struct writing *w, const struct document *d, size_t at, size_t to)
{
	if (at > 0)
		(void)comment_behind(d, at, &at);
	while ((at += strspn(d->text + at, " \t\r\n")) < to) {
		size_t len = strcspn(d->text + at, "\r\n");

		if (d->text[at] == '#')
			add(w, d->text + at, len);
		at += len;
	}
}

static void add_text(const struct writing *w, const struct directive *d, size_t from, size_t to)
{
	size_t end = to;
	const char *comment = comment_behind(d->doc, to, &end);
	AUTO(free)
	char *line = str_fmt("%.*s%s%.*s", (int)(to - from), d->doc->text + from,
			     comment != NULL ? " " : "",
			     comment != NULL ? (int)(d->doc->text + end - comment) : 0,
			     comment != NULL ? comment : "");

	add(w, line, strlen(line));
}

static void add_all(const struct writing *w, const struct document *d, struct directive *first,
		    size_t from, size_t to);

static void add_block(const struct writing *w, const struct directive *d)
{
	const struct writing inner = { w->snippet, w->out, w->level + 1 };

	add_text(w, d, d->words[0].start, d->open + 1);
	add_all(&inner, d->doc, d->first, d->open + 1, d->close);
	add_text(w, d, d->close, d->end);
}

static void add_directive(const struct writing *w, struct directive *d)
{
	const struct snippet_line *line = line_for(w->snippet, d);

	if (line != NULL) {
		if (line->text != NULL)
			add(w, line->text, strlen(line->text));
		return;
	}
	add_comments(w, d->doc, d->lead, d->words[0].start);
	if (directive_is(d, "include") && leads_to_any(w->snippet, d))
		for (size_t i = 0; i < d->included_count; i++)
			add_all(w, d->included[i], d->included[i]->first, 0, d->included[i]->len);
	else if (d->body == BODY_BLOCK)
		add_block(w, d);
	else
		add_text(w, d, d->words[0].start, d->end);
}

static void add_all(const struct writing *w, const struct document *d, struct directive *first,
		    size_t from, size_t to)
{
	for (struct directive *at = first; at != NULL; at = at->next) {
		add_directive(w, at);
		from = at->end;
	}
	add_comments(w, d, from, to);
}

/* --- */

static struct err *check_patterns(const struct directive *include, const struct directive *line)
{
	AUTO(free) char *place = NULL, *there = NULL;

	for (; include != NULL; include = sharing_next_include(include, line))
		if (strpbrk(directive_word(include, 1), "*?[") != NULL)
			return err_new(
				ERR_CONFIG,
				"%s: by this pattern other server blocks have their certificate from %s too: write an `include` for each "
				"file that the block needs in the place of it, without that of the certificate",
				place = directive_place(include), there = directive_place(line));
	return NULL;
}

struct err *snippet_take_in(const struct snippet *s, struct edits *e,
			    const struct directive *include)
{
	AUTO(strlist_release) struct strlist lines = { 0 };

	for (size_t i = 0; i < s->count; i++)
		if (sharing_leads_to(include, s->lines[i].instead_of))
			TRY(check_patterns(include, s->lines[i].instead_of));
	for (size_t i = 0; i < include->included_count; i++) {
		const struct document *d = include->included[i];

		add_all(&(struct writing){ s, &lines, 0 }, d, d->first, 0, d->len);
	}
	insert_instead(edits_in(e, include->doc), include, &lines);
	return NULL;
}

void snippet_release(struct snippet *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->lines[i].text);
	free(s->lines);
	*s = (struct snippet){ 0 };
}
