#include "plugins/apache/vars.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

static size_t place_of(const struct strlist *l, const char *name,
		       bool (*same)(const char *, const char *))
{
	size_t i = 0;

	while (i < l->count && !same(l->items[i], name))
		i++;
	return i;
}

static void drop(struct strlist *l, size_t at)
{
	free(l->items[at]);
	l->count--;
	memmove(l->items + at, l->items + at + 1, (l->count - at) * sizeof(*l->items));
}

static void forget_value(struct apache_vars *v, const char *name)
{
	size_t i = place_of(&v->keys, name, streq_nocase);

	if (i == v->keys.count)
		return;
	drop(&v->keys, i);
	drop(&v->values, i);
}

void apache_vars_define(struct apache_vars *v, const char *name, const char *value)
{
	(void)strlist_add_unique(&v->names, name);
	if (value == NULL)
		return;
	AUTO(free) char *kept = xstrdup(value);

	forget_value(v, name);
	strlist_add(&v->keys, name);
	strlist_take(&v->values, MOVE(kept));
}

void apache_vars_undefine(struct apache_vars *v, const char *name)
{
	size_t i = place_of(&v->names, name, streq);

	if (i < v->names.count)
		drop(&v->names, i);
	forget_value(v, name);
}

bool apache_vars_have(const struct apache_vars *v, const char *name)
{
	return strlist_has(&v->names, name);
}

static const char *value_of(const struct apache_vars *v, const char *name)
{
	size_t i = place_of(&v->keys, name, streq_nocase), len = strlen(name);

	if (i < v->keys.count)
		return v->values.items[i];
	for (i = 0; v->environment != NULL && i < v->environment->count; i++) {
		const char *pair = v->environment->items[i];

		if (strncmp(pair, name, len) == 0 && pair[len] == '=')
			return pair + len + 1;
	}
	return NULL;
}

char *apache_expand(const struct apache_vars *v, const char *text)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_APACHE_VALUE);
	const char *open = NULL;

	for (; (open = strstr(text, "${")) != NULL && strchr(open, '}') != NULL;) {
		size_t len = strcspn(open + 2, "}");
		AUTO(free) char *name = xstrndup(open + 2, len);
		const char *value = value_of(v, name);

		buf_add(&b, text, (size_t)(open - text));
		if (value != NULL)
			buf_adds(&b, value);
		else
			buf_add(&b, open, len + 3);
		text = open + len + 3;
	}
	buf_adds(&b, text);
	return buf_detach(&b);
}

void apache_vars_release(struct apache_vars *v)
{
	strlist_release(&v->names);
	strlist_release(&v->keys);
	strlist_release(&v->values);
}
