#include "client/store/tree.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

#define LOCK_POLL_MS 100

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

void tree_unlock(struct tree *t)
{
	for (size_t i = 0; i < ARRAY_LEN(t->locks); i++)
		lock_release(MOVE(t->locks[i]));
}

void tree_free(struct tree *t)
{
	if (t == NULL)
		return;
	tree_unlock(t);
	free(t->config_dir);
	free(t->work_dir);
	free(t->logs_dir);
	free(t);
}

/* --strict-permissions: what is there must be as we would have made it. */
static struct err *check_permissions(const char *path, mode_t mode)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_errno(errno, "looking at %s", path);
	if (st.st_uid == geteuid() && (st.st_mode & ALLPERMS) == mode)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"%s exists, but it should be owned by current user with permissions %04o (it has owner %ld, %04o)",
		path, (unsigned)mode, (long)st.st_uid, (unsigned)(st.st_mode & ALLPERMS));
}

struct err *tree_make_dir(const struct tree *t, const char *path, mode_t mode)
{
	TRY(fs_mkdirs(path, mode));
	return t->strict ? check_permissions(path, mode) : NULL;
}

static bool is_patient(const struct tree_patience *p)
{
	return p->world->clock->monotonic_ms(p->world->clock) < p->until_ms;
}

/* Takes e. */
static struct err *wait_for_holder(struct tree_patience *p, struct err *e)
{
	AUTO(err_free) struct err *busy = e;

	if (!is_patient(p) || !err_is(busy, ERR_BUSY))
		return MOVE(busy);
	if (!p->told)
		p->tell(p->ctx, busy);
	p->told = true;
	return world_sleep_ms(p->world, LOCK_POLL_MS);
}

static struct err *take_lock(struct lock **lock, const char *dir, struct tree_patience *p)
{
	while (*lock == NULL) {
		struct err *e = lock_acquire(lock, dir);

		if (e != NULL)
			TRY(wait_for_holder(p, e));
	}
	return NULL;
}

struct err *tree_lock_logs(struct tree **out, const struct options *o, struct tree_patience *p)
{
	AUTO(tree_free) struct tree *t = xcalloc(1, sizeof(*t));

	t->config_dir = fs_absolute(o->config_dir);
	t->work_dir = fs_absolute(o->work_dir);
	t->logs_dir = fs_absolute(o->logs_dir);
	t->strict = o->strict_permissions;
	TRY(tree_make_dir(t, t->logs_dir, 0700));
	TRY(take_lock(&t->locks[0], t->logs_dir, p));
	*out = MOVE(t);
	return NULL;
}

static struct err *make_hook_dirs(const struct tree *t)
{
	for (size_t i = 0; i < ARRAY_LEN(hook_dirs); i++) {
		AUTO(free) char *relative = str_fmt("renewal-hooks/%s", hook_dirs[i]);
		AUTO(free) char *path = tree_path(t, relative);

		TRY(tree_make_dir(t, path, 0755));
	}
	return NULL;
}

struct err *tree_lock(struct tree *t, struct tree_patience *p)
{
	TRY(tree_make_dir(t, t->config_dir, 0755));
	TRY(take_lock(&t->locks[1], t->config_dir, p));
	TRY(tree_make_dir(t, t->work_dir, 0755));
	TRY(take_lock(&t->locks[2], t->work_dir, p));
	return make_hook_dirs(t);
}

struct err *tree_lock_again(struct tree *t, struct tree_patience *p)
{
	const char *const dirs[] = { t->logs_dir, t->config_dir, t->work_dir };

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		TRY(take_lock(&t->locks[i], dirs[i], p));
	return NULL;
}
