/* A site's own file, as systems enable it (certbot.md 16.4). */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"
#include "plugins/apache/site.h"

static struct apache_file *known_file(const struct apache_config *c, const char *path)
{
	for (size_t i = 0; i < c->file_count; i++)
		if (streq(c->files[i]->path, path))
			return c->files[i];
	return NULL;
}

struct err *apache_site_file(struct apache_file **out, bool *included, struct apache_sites *s,
			     const char *path)
{
	struct apache_config *c = s->config;

	*out = known_file(c, path);
	*included = *out != NULL;
	if (*out != NULL)
		return NULL;
	if (fs_exists(path))
		TRY(apache_read(out, path));
	else {
		TRY(apache_parse(out, path, "", 0));
		(*out)->created = true;
	}
	c->files = xrealloc(c->files, c->file_count + 1, sizeof(struct apache_file *));
	c->files[c->file_count++] = *out;
	return NULL;
}

bool apache_site_is_left(const struct apache_sites *s, const char *path)
{
	AUTO(apache_file_free) struct apache_file *f = NULL;

	if (known_file(s->config, path) != NULL || !fs_exists(path))
		return false;
	err_ignore(apache_read(&f, path));
	return f == NULL || f->len > 0;
}

/* --- so that httpd reads it --- */

/* Its directory may be a link to the one that the file is in. */
static bool matches(const char *pattern, const char *path)
{
	AUTO(free) char *dir = fs_parent(pattern);
	AUTO(free) char *real = realpath(dir, NULL);
	AUTO(free) char *whole = fs_join(real != NULL ? real : dir, strrchr(pattern, '/') + 1);

	return fnmatch(whole, path, FNM_PATHNAME | FNM_PERIOD) == 0;
}

static bool is_read_anyway(const struct apache_sites *s, const char *path)
{
	const struct strlist *patterns = &s->config->patterns;

	for (size_t i = 0; i < patterns->count; i++)
		if (matches(patterns->items[i], path))
			return true;
	return false;
}

char *apache_site_dir(const struct apache_sites *s, const char *path)
{
	AUTO(free) char *enabled = fs_join(s->place->server_root, "sites-enabled");

	if (is_read_anyway(s, path))
		return fs_parent(path);
	return s->place->handle_sites && fs_is_dir(enabled) ? MOVE(enabled) : NULL;
}

struct err *apache_site_include(const struct apache_sites *s, const char *path)
{
	struct apache_file *root = apache_root_file(s);
	AUTO(free) char *quoted = apache_quoted(path, false);
	AUTO(free) char *line = str_fmt("Include %s\n", quoted);

	return apache_add_last(root, root->root, line);
}

struct err *apache_site_enable(const struct apache_sites *s, const char *path)
{
	AUTO(free) char *dir = apache_site_dir(s, path);

	if (dir == NULL)
		return apache_site_include(s, path);
	AUTO(free) char *link = fs_join(dir, strrchr(path, '/') + 1);

	if (!streq(link, path) && !fs_exists(link) && !fs_is_link(link))
		change_link(s->change, link, path);
	return NULL;
}
