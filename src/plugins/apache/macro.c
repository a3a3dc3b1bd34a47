#include "plugins/apache/macro.h"

#include <string.h>

#include "base/limits.h"
#include "plugins/apache/line.h"

static void release(struct apache_macro *m)
{
	free(m->name);
	strlist_release(&m->parameters);
}

static size_t place_of(const struct apache_macros *l, const char *name)
{
	size_t i = 0;

	while (i < l->count && !streq_nocase(l->items[i].name, name))
		i++;
	return i;
}

struct err *apache_macro_define(struct apache_macros *l, struct apache_file *f,
				struct apache_node *n, const char *args)
{
	char *name = apache_word(&args), *word = NULL;

	if (name == NULL)
		return err_new(ERR_PARSE, "<Macro> has no name");
	apache_macro_undefine(l, name);
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	struct apache_macro *m = &l->items[l->count++];

	*m = (struct apache_macro){ .name = name, .file = f, .node = n };
	while ((word = apache_word(&args)) != NULL)
		strlist_take(&m->parameters, word);
	return NULL;
}

void apache_macro_undefine(struct apache_macros *l, const char *name)
{
	size_t i = place_of(l, name);

	if (i == l->count)
		return;
	release(&l->items[i]);
	l->items[i] = l->items[--l->count];
}

const struct apache_macro *apache_macro_find(const struct apache_macros *l, const char *name)
{
	size_t i = place_of(l, name);

	return i < l->count ? &l->items[i] : NULL;
}

/* The longest parameter at s; its place, or the count. */
static size_t parameter_at(const struct strlist *parameters, const char *s)
{
	size_t best = parameters->count, length = 0;

	for (size_t i = 0; i < parameters->count; i++) {
		size_t len = strlen(parameters->items[i]);

		if (len > length && strncmp(s, parameters->items[i], len) == 0) {
			best = i;
			length = len;
		}
	}
	return best;
}

char *apache_macro_fill(const struct strlist *parameters, const struct strlist *values,
			const char *text)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_APACHE_VALUE);

	while (*text != '\0') {
		size_t i = parameter_at(parameters, text);

		if (i == parameters->count) {
			buf_addc(&b, *text++);
			continue;
		}
		buf_adds(&b, values->items[i]);
		text += strlen(parameters->items[i]);
	}
	return buf_detach(&b);
}

void apache_macros_release(struct apache_macros *l)
{
	for (size_t i = 0; i < l->count; i++)
		release(&l->items[i]);
	free(l->items);
	*l = (struct apache_macros){ 0 };
}
