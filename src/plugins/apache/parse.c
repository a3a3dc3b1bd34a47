/* From lines to the tree. The sections of httpd nest whether or not their conditions hold. */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "plugins/apache/line.h"
#include "plugins/apache/tree_node.h"

#define MEANS "; until this is mended signet leaves this server's configuration alone"

struct parser {
	struct apache_file *file;
	struct apache_node *open; /* the innermost section */
	size_t depth;
};

/* httpd reads these to the end of the file when nothing closes them. */
static bool may_stay_open(const struct apache_node *n)
{
	static const char *const names[] = { "",       "IfModule",    "IfDefine", "IfVersion",
					     "IfFile", "IfDirective", "IfSection" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (apache_is(n, names[i]))
			return true;
	return false;
}

static struct apache_node *node_new(enum apache_kind kind, char *name, const char *args,
				    const struct apache_line *l)
{
	struct apache_node *n = xcalloc(1, sizeof(*n));

	n->kind = kind;
	n->name = name;
	n->args = str_trimmed(args);
	n->line = l->number;
	return n;
}

static struct apache_text text_of(const struct parser *p, const struct apache_line *l)
{
	return (struct apache_text){ .data = p->file->data + l->from, .len = l->to - l->from };
}

static void add(struct parser *p, struct apache_node *n, const struct apache_line *l)
{
	n->head = text_of(p, l);
	apache_link(p->open, n, NULL);
}

/* <Name args> rest. The ">" may be part of the first word (<RequireAll>). */
static struct err *open_section(struct parser *p, const struct apache_line *l)
{
	const char *rest = l->text + 1;
	const char *end = strrchr(l->text, '>');

	if (end == NULL)
		return err_new(ERR_PARSE, "%s line %u: \"%s\" has no closing \">\"" MEANS,
			       p->file->path, l->number, l->text);
	size_t len = strcspn(rest, " \t\v\f\r\n>");

	if (len == 0)
		return err_new(ERR_PARSE, "%s line %u: \"<\" without the name of a section" MEANS,
			       p->file->path, l->number);
	if (++p->depth > LIMIT_SERVER_CONF_DEPTH)
		return err_new(ERR_LIMIT, "%s line %u: more than %d sections in each other" MEANS,
			       p->file->path, l->number, LIMIT_SERVER_CONF_DEPTH);
	AUTO(free)
	char *args = end > rest + len ? xstrndup(rest + len, (size_t)(end - rest) - len)
				      : xstrdup("");
	struct apache_node *n = node_new(APACHE_SECTION, xstrndup(rest, len), args, l);

	add(p, n, l);
	p->open = n;
	return NULL;
}

static struct err *wrong_close(const struct parser *p, const struct apache_line *l)
{
	if (p->open == p->file->root)
		return err_new(ERR_PARSE, "%s line %u: \"%s\" closes nothing" MEANS, p->file->path,
			       l->number, l->text);
	return err_new(ERR_PARSE,
		       "%s line %u: \"%s\" where </%s> must close the section of line %u" MEANS,
		       p->file->path, l->number, l->text, p->open->name, p->open->line);
}

static struct err *close_section(struct parser *p, const struct apache_line *l)
{
	size_t len = strcspn(l->text, " \t\v\f\r\n");

	if (l->text[len - 1] != '>')
		return err_new(ERR_PARSE,
			       "%s line %u: \"%s\" has no closing \">\" behind the name" MEANS,
			       p->file->path, l->number, l->text);
	AUTO(free) char *name = xstrndup(l->text + 2, len > 3 ? len - 3 : 0);

	if (p->open == p->file->root || !apache_is(p->open, name))
		return wrong_close(p, l);
	p->open->tail = text_of(p, l);
	p->open = p->open->parent;
	p->depth--;
	return NULL;
}

static void add_directive(struct parser *p, const struct apache_line *l)
{
	const char *rest = l->text;
	char *name = apache_word(&rest);

	add(p, node_new(APACHE_DIRECTIVE, name, rest, l), l);
}

static struct err *take_line(struct parser *p, const struct apache_line *l)
{
	if (str_starts(l->text, "</"))
		return close_section(p, l);
	if (*l->text == '<')
		return open_section(p, l);
	if (*l->text == '#' || *l->text == '\0')
		add(p,
		    node_new(*l->text == '#' ? APACHE_COMMENT : APACHE_BLANK, xstrdup(""), "", l),
		    l);
	else
		add_directive(p, l);
	return NULL;
}

static struct err *check_closed(const struct parser *p)
{
	for (const struct apache_node *n = p->open; n != NULL; n = n->parent)
		if (!may_stay_open(n))
			return err_new(
				ERR_PARSE,
				"%s line %u: <%s> is not closed before the end of the file" MEANS,
				p->file->path, n->line, n->name);
	return NULL;
}

static struct err *take_lines(struct parser *p, size_t from)
{
	struct apache_line l = { 0 };
	unsigned number = 1;

	for (; apache_line_read(&l, p->file->data, p->file->len, from); from = l.to) {
		AUTO(free) char *text = l.text;

		l.number = number;
		number += l.count;
		TRY(take_line(p, &l));
	}
	return check_closed(p);
}

static struct err *check_bytes(const char *path, const char *data, size_t len)
{
	if (len > LIMIT_SERVER_CONF_FILE)
		return err_new(ERR_LIMIT, "%s is larger than %zu bytes" MEANS, path,
			       LIMIT_SERVER_CONF_FILE);
	if (len > 0 && memchr(data, '\0', len) != NULL)
		return err_new(
			ERR_PARSE,
			"%s holds NUL bytes, so it is no text that Apache can read (UTF-16?)" MEANS,
			path);
	return NULL;
}

static const char *first_eol(const char *data, size_t len)
{
	const char *end = len > 0 ? memchr(data, '\n', len) : NULL;

	return end != NULL && end > data && end[-1] == '\r' ? "\r\n" : "\n";
}

/* A byte order mark stays in front: httpd itself refuses what follows it on the line. */
static size_t mark_length(const char *data, size_t len)
{
	return len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

struct err *apache_parse(struct apache_file **out, const char *path, const char *data, size_t len)
{
	TRY(check_bytes(path, data, len));
	AUTO(apache_file_free) struct apache_file *f = xcalloc(1, sizeof(*f));
	size_t mark = mark_length(data, len);

	f->path = xstrdup(path);
	f->data = xmalloc(len + 1);
	memcpy(f->data, len > 0 ? data : "", len);
	f->data[len] = '\0';
	f->len = len;
	f->eol = first_eol(data, len);
	f->root = node_new(APACHE_SECTION, xstrdup(""), "", &(struct apache_line){ 0 });
	f->root->head = (struct apache_text){ .data = f->data, .len = mark };
	TRY(take_lines(&(struct parser){ .file = f, .open = f->root }, mark));
	*out = MOVE(f);
	return NULL;
}
