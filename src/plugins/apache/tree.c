#include "plugins/apache/tree.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "plugins/apache/tree_node.h"

static void write_text(const struct apache_text *t, struct buf *out)
{
	buf_add(out, t->data, t->len);
}

void apache_write(const struct apache_file *f, struct buf *out)
{
	const struct apache_node *n = f->root;

	while (n != NULL) {
		write_text(&n->head, out);
		if (n->first != NULL) {
			n = n->first;
			continue;
		}
		write_text(&n->tail, out);
		while (n != NULL && n->next == NULL) {
			n = n->parent;
			if (n != NULL)
				write_text(&n->tail, out);
		}
		n = n != NULL ? n->next : NULL;
	}
}

bool apache_is(const struct apache_node *n, const char *name)
{
	return streq_nocase(n->name, name);
}

struct apache_node *apache_next(const struct apache_node *n, const struct apache_node *top)
{
	if (n->first != NULL)
		return n->first;
	while (n != top && n->next == NULL)
		n = n->parent;
	return n != top ? n->next : NULL;
}

void apache_link(struct apache_node *parent, struct apache_node *n, struct apache_node *before)
{
	n->parent = parent;
	n->next = before;
	n->prev = before != NULL ? before->prev : parent->last;
	*(n->prev != NULL ? &n->prev->next : &parent->first) = n;
	*(before != NULL ? &before->prev : &parent->last) = n;
}

void apache_unlink(struct apache_node *n)
{
	*(n->prev != NULL ? &n->prev->next : &n->parent->first) = n->next;
	*(n->next != NULL ? &n->next->prev : &n->parent->last) = n->prev;
	n->parent = n->next = n->prev = NULL;
}

static void forget_leads(struct apache_node *n)
{
	while (n->leads != NULL) {
		struct apache_lead *l = n->leads;

		n->leads = l->next;
		free(l);
	}
}

static void free_one(struct apache_node *n)
{
	forget_leads(n);
	free(n->name);
	free(n->args);
	free(n->head.own);
	free(n->tail.own);
	free(n);
}

void apache_node_free(struct apache_node *n)
{
	struct apache_node *at = n;

	while (at != NULL) {
		struct apache_node *child = at->first;

		if (child != NULL) {
			at->first = child->next;
			at = child;
			continue;
		}
		struct apache_node *up = at != n ? at->parent : NULL;

		free_one(at);
		at = up;
	}
}

struct err *apache_read(struct apache_file **out, const char *path)
{
	AUTO(free) char *data = NULL;
	size_t len = 0;

	TRY(fs_read(&data, &len, path, LIMIT_SERVER_CONF_FILE));
	return apache_parse(out, path, data, len);
}

void apache_file_free(struct apache_file *f)
{
	if (f == NULL)
		return;
	apache_node_free(f->root);
	free(f->path);
	free(f->like);
	free(f->data);
	free(f);
}

void apache_node_lead(struct apache_node *from, struct apache_file *f, struct apache_node *section)
{
	struct apache_lead **l = &from->leads;

	while (*l != NULL && (*l)->section != section)
		l = &(*l)->next;
	if (*l != NULL)
		return;
	*l = xcalloc(1, sizeof(**l));
	**l = (struct apache_lead){ .file = f, .section = section };
}

void apache_file_forget(struct apache_file *f)
{
	f->user = NULL;
	f->read = f->shared = false;
	for (struct apache_node *n = f->root; n != NULL; n = apache_next(n, f->root))
		forget_leads(n);
}
