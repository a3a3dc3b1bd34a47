#include "plugins/apache/include.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"

/* Of one Include. */
struct found {
	struct strlist *out;
	bool optional;
};

static struct err *add_path(const struct found *f, const char *path, int depth);

/* Everything in it, sorted, as deep as it goes. */
static struct err *add_dir(const struct found *f, const char *path, int depth)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	if (depth > LIMIT_SERVER_CONF_NESTED)
		return err_new(ERR_LIMIT, "more than %d directories in each other: %s",
			       LIMIT_SERVER_CONF_NESTED, path);
	TRY(fs_list(&names, path));
	for (size_t i = 0; i < names.count; i++) {
		AUTO(free) char *inner = fs_join(path, names.items[i]);

		TRY(add_path(f, inner, depth + 1));
	}
	return NULL;
}

/* A link to nothing, which a2dissite was not asked to remove. */
static bool leads_nowhere(const char *path)
{
	struct stat st;

	return stat(path, &st) != 0 && (errno == ENOENT || errno == ELOOP);
}

static struct err *add_path(const struct found *f, const char *path, int depth)
{
	if (f->optional && leads_nowhere(path))
		return NULL;
	if (fs_is_dir(path))
		return add_dir(f, path, depth);
	if (f->out->count >= LIMIT_SERVER_CONF_FILES)
		return err_new(ERR_LIMIT, "more than %d files are included at once",
			       LIMIT_SERVER_CONF_FILES);
	strlist_add(f->out, path);
	return NULL;
}

/* A slash comes before all else: httpd sorts directory by directory. */
static int by_parts(const void *one, const void *other)
{
	const char *a = *(char *const *)one, *b = *(char *const *)other;

	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (*a == '/' ? 1 : (unsigned char)*a) - (*b == '/' ? 1 : (unsigned char)*b);
}

static struct err *add_matches(const struct found *out, const char *pattern)
{
	AUTO(strlist_release) struct strlist paths = { 0 };
	glob_t found = { 0 };
	int rc = glob(pattern, GLOB_NOSORT, NULL, &found);

	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
		strlist_add(&paths, found.gl_pathv[i]);
	globfree(&found);
	if (rc != 0 && rc != GLOB_NOMATCH)
		return err_new(ERR_IO, "a directory of %s cannot be read", pattern);
	if (paths.count > 0)
		qsort(paths.items, paths.count, sizeof(*paths.items), by_parts);
	for (size_t i = 0; i < paths.count; i++)
		TRY(add_path(out, paths.items[i], 0));
	return NULL;
}

struct err *apache_include(struct strlist *out, const char *path, bool optional)
{
	const struct found f = { out, optional };
	size_t before = out->count;

	if (strpbrk(path, "*?[") != NULL)
		TRY(add_matches(&f, path));
	else if (fs_exists(path))
		TRY(add_path(&f, path, 0));
	if (out->count == before && !optional && !fs_is_dir(path))
		return err_new(ERR_CONFIG,
			       "there is no %s, so Apache itself does not take this configuration",
			       path);
	return NULL;
}
