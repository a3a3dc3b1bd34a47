#include "plugins/apache/mention.h"

#include "plugins/apache/line.h"

static bool names(const struct mentions *m, const char *root, const struct apache_node *n)
{
	const char *rest = n->args;

	for (;;) {
		AUTO(free) char *word = apache_word(&rest);

		if (word == NULL)
			return false;
		if (mention_is(m, root, word, str_starts(n->name, "SSL")))
			return true;
	}
}

static void add_file(const struct mentions *m, const char *root, const struct apache_file *f)
{
	for (const struct apache_node *n = f->root->first; n != NULL; n = apache_next(n, f->root))
		if (n->kind == APACHE_DIRECTIVE && names(m, root, n))
			strlist_take(m->found, str_fmt("%s:%u", f->path, n->line));
}

void apache_mentions_add(const struct mentions *m, const struct apache_config *c)
{
	for (size_t i = 0; i < c->file_count; i++)
		add_file(m, c->facts->server_root, c->files[i]);
}
