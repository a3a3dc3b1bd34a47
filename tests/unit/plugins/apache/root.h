/* A server root of the test's own, and what the server would say of it. */
#pragma once

#include "check.h"

#include "base/fs.h"
#include "plugins/apache/config.h"

struct root {
	char *dir;
	struct apache_facts facts;
	struct strlist environment;
};

static inline int root_set_up(void **state)
{
	struct root *r = xcalloc(1, sizeof(*r));
	char dir[] = "/tmp/apache-config-XXXXXX";

	assert_non_null(mkdtemp(dir));
	r->dir = xstrdup(dir);
	r->facts.server_root = xstrdup(dir);
	r->facts.version = xstrdup("2.4.57");
	strlist_add(&r->facts.modules, "core_module");
	strlist_add(&r->facts.modules, "ssl_module");
	*state = r;
	return 0;
}

static inline int root_tear_down(void **state)
{
	struct root *r = *state;

	assert_done(fs_remove_tree(r->dir));
	free(r->dir);
	apache_facts_release(&r->facts);
	strlist_release(&r->environment);
	free(r);
	return 0;
}

static inline void root_put(const struct root *r, const char *name, const char *text)
{
	AUTO(free) char *path = fs_join(r->dir, name);
	AUTO(free) char *dir = fs_parent(path);

	assert_done(fs_mkdirs(dir, 0755));
	assert_done(fs_replace(path, text, strlen(text), 0644, false));
}

static inline struct err *root_load(struct apache_config **out, const struct root *r)
{
	AUTO(free) char *path = fs_join(r->dir, "apache2.conf");

	return apache_config_load(out, path, &r->facts, &r->environment);
}
