/* Paths as text: nothing is looked at. */
#include "base/fs.h"

#include <libgen.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"

char *fs_join(const char *dir, const char *name)
{
	bool slash = dir[0] != '\0' && str_ends(dir, "/");

	while (name[0] == '/')
		name++;
	return str_fmt("%s%s%s", dir, slash ? "" : "/", name);
}

char *fs_parent(const char *path)
{
	AUTO(free) char *copy = xstrdup(path);

	return xstrdup(dirname(copy));
}

/* Drops the last part of an absolute path under construction: "/a/b" -> "/a". */
static void drop_last(struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] != '/')
		b->len--;
	if (b->len > 0)
		b->len--;
	if (b->data != NULL)
		b->data[b->len] = '\0';
}

static void add_part(struct buf *b, const char *part, size_t len)
{
	if (len == 0 || (len == 1 && part[0] == '.'))
		return;
	if (len == 2 && memcmp(part, "..", 2) == 0) {
		drop_last(b);
		return;
	}
	buf_add(b, "/", 1);
	buf_add(b, part, len);
}

static void add_parts(struct buf *b, const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		add_part(b, path, len);
		path += len + (path[len] == '/');
	}
}

char *fs_absolute(const char *path)
{
	AUTO(buf_release) struct buf b = BUF_INIT(2 * LIMIT_PATH + strlen(path));

	if (path[0] != '/') {
		AUTO(free) char *here = getcwd(NULL, 0);

		add_parts(&b, here != NULL ? here : "/");
	}
	add_parts(&b, path);
	return b.len > 0 ? buf_detach(&b) : xstrdup("/");
}
