#include "srv/mention.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"

static bool is_below(const struct strlist *dirs, const char *path)
{
	for (size_t i = 0; path != NULL && i < dirs->count; i++) {
		size_t len = strlen(dirs->items[i]);

		if (str_starts(path, dirs->items[i]) && path[len] == '/')
			return true;
	}
	return false;
}

bool mention_is(const struct mentions *m, const char *root, const char *word, bool ends_there)
{
	AUTO(free) char *path = *word == '/' ? xstrdup(word) : fs_join(root, word);
	AUTO(free) char *real = ends_there ? realpath(path, NULL) : NULL;

	return is_below(m->dirs, path) || is_below(m->dirs, real);
}
