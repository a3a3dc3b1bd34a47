#include "plugins/conf_lock.h"

#include <errno.h>
#include <unistd.h>

static bool is_read_only(const char *dir)
{
	return access(dir, W_OK) != 0 && errno == EROFS;
}

struct err *conf_lock_acquire(struct lock **out, const struct plugin_env *env, const char *root)
{
	if (!is_read_only(root))
		return err_wrap(lock_acquire(out, root), "unable to lock %s", root);
	ui_emit(env->ui, EVENT_INFO_TEXT, FIELDS(STR("path", root)),
		"%s is read-only: its configuration is read without a lock", root);
	*out = NULL;
	return NULL;
}
