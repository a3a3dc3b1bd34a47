#include "plugins/apache/edit.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "plugins/apache/line.h"
#include "plugins/apache/tree_node.h"

#define DEFAULT_INDENT "\t"

static size_t indent_length(const struct apache_node *n)
{
	size_t len = 0;

	while (len < n->head.len && (n->head.data[len] == ' ' || n->head.data[len] == '\t'))
		len++;
	return len;
}

static bool is_text(const struct apache_node *n)
{
	return n->kind == APACHE_DIRECTIVE || n->kind == APACHE_SECTION;
}

/* How this file indents a section's children, as the first section shows that has any. */
static char *indent_step(const struct apache_file *f)
{
	for (const struct apache_node *n = f->root; n != NULL; n = apache_next(n, f->root)) {
		const struct apache_node *up = n->parent;
		size_t len = indent_length(n), above = up != NULL ? indent_length(up) : 0;

		if (is_text(n) && up != f->root && up != NULL && len > above)
			return xstrndup(n->head.data, len - above);
	}
	return xstrdup(DEFAULT_INDENT);
}

static const struct apache_node *neighbour(const struct apache_node *section,
					   const struct apache_node *before)
{
	const struct apache_node *n = before != NULL ? before->prev : section->last;

	while (n != NULL && !is_text(n))
		n = n->prev;
	if (n != NULL)
		return n;
	for (n = before != NULL ? before : section->first; n != NULL && !is_text(n);)
		n = n->next;
	return n;
}

/* As the nearest sibling, or a step deeper than the section. */
static char *indent_at(const struct apache_file *f, const struct apache_node *section,
		       const struct apache_node *before)
{
	const struct apache_node *like = neighbour(section, before);

	if (like != NULL)
		return xstrndup(like->head.data, indent_length(like));
	if (section == f->root)
		return xstrdup("");
	AUTO(free) char *step = indent_step(f);

	return str_fmt("%.*s%s", (int)indent_length(section), section->head.data, step);
}

static void set_text(struct apache_text *t, char *text)
{
	free(t->own);
	*t = (struct apache_text){ .data = text, .len = strlen(text), .own = text };
}

/* --- what stands before an insertion --- */

static struct apache_text *last_text(struct apache_node *n)
{
	while (n->tail.len == 0 && n->last != NULL)
		n = n->last;
	return n->tail.len > 0 ? &n->tail : &n->head;
}

static const struct apache_text *text_before(struct apache_node *section,
					     struct apache_node *before)
{
	struct apache_node *prev = before != NULL ? before->prev : section->last;

	return prev != NULL ? last_text(prev) : &section->head;
}

static bool ends_line(const struct apache_text *t)
{
	return t->len > 0 && t->data[t->len - 1] == '\n';
}

/* Would a line put behind it become part of it? */
static bool swallows(const struct apache_text *t)
{
	size_t len = t->len;

	if (len > 0 && t->data[len - 1] == '\n')
		len--;
	if (len > 0 && t->data[len - 1] == '\r')
		len--;
	return len > 0 && t->data[len - 1] == '\\';
}

/* --- insertion --- */

struct place {
	struct apache_file *file;
	struct apache_node *section, *before;
	char *indent;
};

static void reindent(const struct place *p, struct apache_text *t)
{
	size_t len = t->len;

	if (len == 0)
		return;
	if (t->data[len - 1] == '\n')
		len--;
	if (len > 0 && t->data[len - 1] == '\r')
		len--;
	set_text(t, str_fmt("%s%.*s%s", len > 0 ? p->indent : "", (int)len, t->data, p->file->eol));
}

static void cut_last_eol(struct apache_text *t)
{
	while (t->len > 0 && (t->own[t->len - 1] == '\n' || t->own[t->len - 1] == '\r'))
		t->own[--t->len] = '\0';
}

/* At the end of a file whose last line has no line end, ours has none either; else the old last line would change. */
static void join(const struct place *p, struct apache_node *first, struct apache_node *last)
{
	const struct apache_text *above = text_before(p->section, p->before);
	bool open = !ends_line(above) && above->len > 0 && above != &p->file->root->head;
	const char *extra = swallows(above) ? p->file->eol : "";

	if (open || *extra != '\0')
		set_text(&first->head,
			 str_fmt("%s%s%s", open ? p->file->eol : "", extra, first->head.data));
	if (open)
		cut_last_eol(last_text(last));
}

static void adopt(struct place *p, struct apache_node *from)
{
	struct apache_node *first = from->first, *last = from->last;

	for (struct apache_node *n = first; n != NULL; n = apache_next(n, from)) {
		reindent(p, &n->head);
		reindent(p, &n->tail);
		n->line = 0;
	}
	join(p, first, last);
	while (from->first != NULL) {
		struct apache_node *n = from->first;

		apache_unlink(n);
		apache_link(p->section, n, p->before);
	}
	p->file->edited = true;
}

static struct err *insert(struct apache_file *f, struct apache_node *section,
			  struct apache_node *before, const char *text)
{
	AUTO(apache_file_free) struct apache_file *fragment = NULL;
	AUTO(free) char *indent = indent_at(f, section, before);

	TRY(apache_parse(&fragment, "a change of our own", text, strlen(text)));
	if (fragment->root->first != NULL)
		adopt(
			&(struct place){
				.file = f, .section = section, .before = before, .indent = indent },
			fragment->root);
	return NULL;
}

struct err *apache_add_first(struct apache_file *f, struct apache_node *section, const char *text)
{
	return insert(f, section, section->first, text);
}

struct err *apache_add_last(struct apache_file *f, struct apache_node *section, const char *text)
{
	return insert(f, section, NULL, text);
}

struct err *apache_add_after(struct apache_file *f, struct apache_node *n, const char *text)
{
	return insert(f, n->parent, n->next, text);
}

/* --- changes of a line --- */

/* Where the arguments stand in the head; NULL: there are none, or they are continued on other lines. */
static const char *args_in_head(const struct apache_node *n)
{
	size_t args = strlen(n->args), mark = n->kind == APACHE_SECTION ? 1 : 0;

	for (size_t at = indent_length(n) + mark + strlen(n->name);
	     args > 0 && at + args <= n->head.len; at++)
		if (memcmp(n->head.data + at, n->args, args) == 0)
			return n->head.data + at;
	return NULL;
}

static char *new_head(const struct apache_file *f, const struct apache_node *n, const char *args)
{
	const char *old = args_in_head(n), *end = n->head.data + n->head.len;
	bool section = n->kind == APACHE_SECTION;

	if (old == NULL)
		return str_fmt("%.*s%s%s %s%s%s", (int)indent_length(n), n->head.data,
			       section ? "<" : "", n->name, args, section ? ">" : "", f->eol);
	const char *behind = old + strlen(n->args);

	return str_fmt("%.*s%s%.*s", (int)(old - n->head.data), n->head.data, args,
		       (int)(end - behind), behind);
}

void apache_set_args(struct apache_file *f, struct apache_node *n, const char *args)
{
	set_text(&n->head, new_head(f, n, args));
	free(n->args);
	n->args = xstrdup(args);
	f->edited = true;
}

void apache_set_value(struct apache_file *f, struct apache_node *n, const char *value)
{
	bool single = *n->args == '\'' && strpbrk(value, "'\\") == NULL;
	AUTO(free)
	char *args = single ? str_fmt("'%s'", value)
			    : apache_quoted(value, *n->args == '"' || *n->args == '\'');

	apache_set_args(f, n, args);
}

/* A comment is continued as its directive was: the mark goes to the first line only. */
void apache_comment_out(struct apache_file *f, struct apache_node *n)
{
	size_t indent = indent_length(n);

	set_text(&n->head, str_fmt("%.*s# %.*s", (int)indent, n->head.data,
				   (int)(n->head.len - indent), n->head.data + indent));
	n->kind = APACHE_COMMENT;
	*n->name = *n->args = '\0';
	f->edited = true;
}

void apache_remove(struct apache_file *f, struct apache_node *n)
{
	apache_unlink(n);
	apache_node_free(n);
	f->edited = true;
}
