#include "plugins/apache/vars.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

static size_t place_of(const struct apache_vars *v, const char *name, size_t len)
{
	size_t i = 0;

	while (i < v->names.count &&
	       (strncmp(v->names.items[i], name, len) != 0 || v->names.items[i][len] != '\0'))
		i++;
	return i;
}

void apache_vars_set(struct apache_vars *v, const char *name, const char *value)
{
	size_t i = place_of(v, name, strlen(name));

	if (i == v->names.count) {
		strlist_add(&v->names, name);
		strlist_add(&v->values, value);
		return;
	}
	free(v->values.items[i]);
	v->values.items[i] = xstrdup(value);
}

static void drop(struct strlist *l, size_t at)
{
	free(l->items[at]);
	l->count--;
	memmove(l->items + at, l->items + at + 1, (l->count - at) * sizeof(*l->items));
}

void apache_vars_unset(struct apache_vars *v, const char *name)
{
	size_t i = place_of(v, name, strlen(name));

	if (i == v->names.count)
		return;
	drop(&v->names, i);
	drop(&v->values, i);
}

const char *apache_vars_get(const struct apache_vars *v, const char *name)
{
	size_t i = place_of(v, name, strlen(name));

	return i < v->names.count ? v->values.items[i] : NULL;
}

char *apache_expand(const struct apache_vars *v, const char *text)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_APACHE_VALUE);
	const char *open = NULL;

	for (; (open = strstr(text, "${")) != NULL && strchr(open, '}') != NULL;) {
		size_t len = strcspn(open + 2, "}");
		size_t at = place_of(v, open + 2, len);

		buf_add(&b, text, (size_t)(open - text));
		if (at < v->names.count)
			buf_adds(&b, v->values.items[at]);
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
	strlist_release(&v->values);
}
