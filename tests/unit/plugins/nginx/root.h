/* A configuration of nginx in a temporary directory. */
#pragma once

#include <stdlib.h>

#include "base/fs.h"
#include "base/limits.h"
#include "check.h"

struct root {
	char dir[64];
};

static inline int root_make(void **state)
{
	struct root *r = xcalloc(1, sizeof(*r));
	const char *template = "/tmp/test_nginx_XXXXXX";

	memcpy(r->dir, template, strlen(template));
	assert_non_null(mkdtemp(r->dir));
	*state = r;
	return 0;
}

static inline int root_remove(void **state)
{
	struct root *r = *state;

	assert_done(fs_remove_tree(r->dir));
	free(r);
	return 0;
}

static inline char *root_path(const struct root *r, const char *name)
{
	return fs_join(r->dir, name);
}

static inline void root_write(const struct root *r, const char *name, const char *text)
{
	AUTO(free) char *path = root_path(r, name);
	AUTO(free) char *dir = fs_parent(path);

	assert_done(fs_mkdirs(dir, 0755));
	assert_done(fs_replace(path, text, strlen(text), 0644, true));
}
