#include "client/store/tree.h"

#include "base/fs.h"

static const char *const hook_dirs[] = { "pre", "deploy", "post" };

char *tree_path(const struct tree *t, const char *relative)
{
	return fs_join(t->config_dir, relative);
}

char *tree_state_path(const struct tree *t, const char *relative)
{
	AUTO(free) char *state = fs_join(t->work_dir, "signet");

	return relative[0] != '\0' ? fs_join(state, relative) : xstrdup(state);
}

void tree_free(struct tree *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(t->locks); i++)
		lock_release(t->locks[i]);
	free(t->config_dir);
	free(t->work_dir);
	free(t->logs_dir);
	free(t);
}

struct err *tree_lock_logs(struct tree **out, const struct options *o)
{
	AUTO(tree_free) struct tree *t = xcalloc(1, sizeof(*t));

	t->config_dir = fs_absolute(o->config_dir);
	t->work_dir = fs_absolute(o->work_dir);
	t->logs_dir = fs_absolute(o->logs_dir);
	TRY(fs_mkdirs(t->logs_dir, 0700));
	TRY(lock_acquire(&t->locks[0], t->logs_dir));
	*out = MOVE(t);
	return NULL;
}

static struct err *make_hook_dirs(const struct tree *t)
{
	for (size_t i = 0; i < ARRAY_LEN(hook_dirs); i++) {
		AUTO(free) char *relative = str_fmt("renewal-hooks/%s", hook_dirs[i]);
		AUTO(free) char *path = tree_path(t, relative);

		TRY(fs_mkdirs(path, 0755));
	}
	return NULL;
}

struct err *tree_lock(struct tree *t)
{
	TRY(fs_mkdirs(t->config_dir, 0755));
	TRY(lock_acquire(&t->locks[1], t->config_dir));
	TRY(fs_mkdirs(t->work_dir, 0755));
	TRY(lock_acquire(&t->locks[2], t->work_dir));
	return make_hook_dirs(t);
}
