#include "plugins/apache/library.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

static int by_path(const void *a, const void *b)
{
	const struct apache_file *x = a, *y = b;
	size_t len = strlen(x->path), other = strlen(y->path);
	int order = memcmp(x->path, y->path, len < other ? len : other);

	return order != 0 ? order : (len > other) - (len < other);
}

static struct err *add(struct apache_library *l, struct apache_config *c, struct apache_file *f)
{
	c->files = xrealloc(c->files, c->file_count + 1, sizeof(struct apache_file *));
	c->files[c->file_count++] = f;
	l->bytes += f->len;
	if (tsearch(f, &l->by_path, by_path) == NULL)
		abort();
	if (c->file_count > LIMIT_SERVER_CONF_FILES || l->bytes > LIMIT_SERVER_CONF_BYTES)
		return err_new(ERR_LIMIT, "the configuration has more than %d files or %zu bytes",
			       LIMIT_SERVER_CONF_FILES, LIMIT_SERVER_CONF_BYTES);
	return NULL;
}

struct err *apache_library_get(struct apache_file **out, struct apache_library *l,
			       struct apache_config *c, const char *path)
{
	AUTO(free) char *real = realpath(path, NULL);
	AUTO(apache_file_free) struct apache_file *f = NULL;

	if (real == NULL)
		return err_errno(errno, "reading %s", path);
	const struct apache_file key = { .path = real };
	void *found = tfind(&key, &l->by_path, by_path);

	if (found != NULL) {
		*out = *(struct apache_file **)found;
		return NULL;
	}
	TRY(apache_read(&f, real));
	*out = f;
	return add(l, c, MOVE(f));
}

static void keep_file(void *file)
{
	(void)file; /* the configuration's */
}

void apache_library_release(struct apache_library *l)
{
	tdestroy(l->by_path, keep_file);
	l->by_path = NULL;
}
