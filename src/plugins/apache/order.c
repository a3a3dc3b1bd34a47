#include "plugins/apache/order.h"

#include <string.h>

bool apache_is_below(const char *path, const char *dir)
{
	return str_starts(path, dir) && path[strlen(dir)] == '/';
}

/* In the order in which httpd reads a directory. */
static bool comes_before(const struct apache_vhost *v, const char *path)
{
	const char *line = strrchr(v->shown, ':'); /* "file:line"; a planned one has no line */
	size_t len = line != NULL ? (size_t)(line - v->shown) : strlen(v->shown);
	AUTO(strlist_release) struct strlist both = { 0 };

	strlist_take(&both, xstrndup(v->shown, len));
	strlist_add(&both, path);
	strlist_sort(&both);
	return streq(both.items[1], path);
}

static bool is_read_from(const struct apache_vhost *v, const char *dir)
{
	return apache_is_below(v->shown, dir) && strchr(v->shown + strlen(dir) + 1, '/') == NULL;
}

bool apache_follows(const struct apache_config *c, const struct apache_vhost *first,
		    const char *dir, const char *path)
{
	bool seen = false;

	if (is_read_from(first, dir))
		return comes_before(first, path);
	for (size_t i = 0; i < c->vhost_count; i++) {
		seen |= c->vhosts[i] == first;
		if (is_read_from(c->vhosts[i], dir))
			return seen;
	}
	return false;
}
