/*
 * Undoing checkpoints (certbot.md 17): files, then what was made, then commands last to first, then the directory. Certbot runs the
 * commands first: killed there, it leaves a configuration that asks for modules that are gone.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "srv/checkpoint_dir.h"
#include "srv/csv.h"
#include "srv/file.h"
#include "srv/merge.h"
#include "srv/spot.h"

struct undo {
	const struct checkpoints *checkpoints;
	const char *dir;
	struct checkpoint_report *report;
	struct err *first; /* goes on behind it: the more is restored the better */
};

static void keep_first(struct undo *u, struct err *e)
{
	if (u->first == NULL)
		u->first = e;
	else
		err_ignore(e);
}

static void complain(struct undo *u, const struct strlist *argv, const char *why)
{
	AUTO(free) char *line = strlist_join(argv, " ");
	AUTO(free) char *text = str_fmt("undo command `%s`: %s", line, why);

	strlist_take(&u->report->complaints, str_printable(text, LIMIT_KIB(4)));
}

/* As Certbot does, one that fails keeps nobody from the rest. */
static void run_command(struct undo *u, const struct strlist *row)
{
	AUTO(command_result_release) struct command_result result = { 0 };
	AUTO(free) const char **argv = xcalloc(row->count + 1, sizeof(*argv));
	const struct spawner *s = u->checkpoints->world->spawner;

	for (size_t i = 0; i < row->count; i++)
		argv[i] = row->items[i];
	const struct command c = { .argv = argv,
				   .input = "",
				   .max_output = LIMIT_SERVER_OUTPUT,
				   .timeout_ms = LIMIT_SERVER_MS };
	AUTO(err_free) struct err *e = s->run(s, &c, &result);
	AUTO(free)
	char *why = e != NULL ? err_text(e) : result.status != 0 ? str_trimmed(result.err) : NULL;

	if (why != NULL)
		complain(u, row, why);
}

static void run_commands(struct undo *u)
{
	AUTO(free) char *path = fs_join(u->dir, PART_COMMANDS);
	AUTO(free) char *text = NULL;
	struct strlist *rows = NULL;
	size_t count = 0, at = 0;

	keep_first(u, fs_read_if_exists(&text, NULL, path, LIMIT_SERVER_PATHS));
	for (struct strlist row = { 0 }; text != NULL && csv_read_row(&row, text, &at);
	     row = (struct strlist){ 0 }) {
		rows = xrealloc(rows, count + 1, sizeof(*rows));
		rows[count++] = row;
	}
	while (count-- > 0) {
		run_command(u, &rows[count]);
		strlist_release(&rows[count]);
	}
	free(rows);
}

/* What is to be known of a file before it is put back. */
struct versions {
	struct buf old, written, now;
};

static void versions_release(struct versions *v)
{
	buf_release(&v->old);
	buf_release(&v->written);
	buf_release(&v->now);
}
AUTO_RELEASE(struct versions, versions_release)

/* A file of a checkpoint. */
struct kept {
	char *copy, *written, *real;
	bool is_ours;
};

static void kept_release(struct kept *k)
{
	free(k->copy);
	free(k->written);
	free(k->real);
}
AUTO_RELEASE(struct kept, kept_release)

/* Certbot's checkpoints say neither what was written nor where. */
static struct err *kept_find(struct kept *k, const char *dir, const char *path, size_t i)
{
	k->copy = checkpoint_copy_path(dir, path, i);
	k->written = str_fmt("%s" SUFFIX_WRITTEN, k->copy);
	AUTO(free) char *where = str_fmt("%s" SUFFIX_REAL, k->copy);

	if (str_ends(path, "/"))
		return err_new(ERR_CONFIG, "%s is no path of a file", path);
	TRY(fs_read_if_exists(&k->real, NULL, where, LIMIT_PATH));
	k->is_ours = k->real != NULL;
	if (!k->is_ours)
		k->real = spot_real_path(path);
	return NULL;
}

static struct err *look(struct versions *v, const struct kept *k)
{
	TRY(file_load(&v->old, k->copy));
	TRY(file_load(&v->now, k->real));
	if (fs_exists(k->written))
		return file_load(&v->written, k->written);
	buf_add(&v->written, v->now.data, v->now.len);
	return NULL;
}

/* Their version, where whoever asks for it is told. */
static struct err *keep(char **kept, const struct undo *u, const struct buf *bytes, const char *real, const char *like)
{
	AUTO(free) char *dir = fs_join(u->checkpoints->work_dir, "signet/edited");
	AUTO(free)
	char *to = str_fmt("%s/%s.%lld", dir, strrchr(real, '/') + 1, (long long)clock_now_ms(u->checkpoints->world->clock));

	TRY(fs_mkdirs(dir, 0700));
	TRY(file_save(like, bytes, to));
	*kept = MOVE(to);
	return NULL;
}

/* A file never vanishes by us, not even by a kill: who took it away, or put something else there, has the last word. */
static struct err *leave_removed(struct undo *u, const struct kept *k)
{
	AUTO(buf_release) struct buf old = { 0 };
	AUTO(free) char *kept = NULL;

	TRY(file_load(&old, k->copy));
	TRY(keep(&kept, u, &old, k->real, k->copy));
	strlist_take(&u->report->complaints,
		     str_fmt("%s was removed by somebody since signet changed it, and is left so; what it was before is kept as %s", k->real,
			     kept));
	return NULL;
}

static void tell_link(struct undo *u, const char *real)
{
	AUTO(free) char *target = NULL;

	err_ignore(fs_readlink(&target, real));
	strlist_take(&u->report->complaints,
		     str_fmt("%s was replaced by a link to %s since signet changed it: it is the file that it was before", real,
			     target != NULL ? target : "another file"));
}

static struct err *keep_edited(struct undo *u, const char *path, const struct buf *now)
{
	AUTO(free) char *kept = NULL;

	TRY(keep(&kept, u, now, path, path));
	strlist_take(&u->report->complaints,
		     str_fmt("%s was edited by somebody in the place that signet had changed: it is as it was before both, and "
			     "the edited version is kept as %s",
			     path, kept));
	return NULL;
}

static struct err *restore_edited(struct undo *u, const struct versions *v, const struct kept *k)
{
	AUTO(buf_release) struct buf merged = BUF_INIT(LIMIT_SERVER_FILE);
	bool done = false;

	TRY(merge_back(&done, &merged, &v->old, &v->written, &v->now));
	if (!done) {
		TRY(keep_edited(u, k->real, &v->now));
		return file_restore(k->copy, k->real);
	}
	TRY(file_rewrite(k->real, &merged));
	strlist_take(&u->report->complaints,
		     str_fmt("%s was edited by somebody since signet changed it: that stays, and what signet had written is taken out",
			     k->real));
	return NULL;
}

/* The bytes were never changed, or are back: a file that cannot be written (read-only, a full disk) is no reason to stop. */
static void restore_shape(const struct kept *k)
{
	struct stat now, old;

	err_ignore(file_clear_leftover(k->real));
	if (stat(k->copy, &old) == 0 && lstat(k->real, &now) == 0 && old.st_mode == now.st_mode &&
	    old.st_mtim.tv_sec == now.st_mtim.tv_sec && old.st_mtim.tv_nsec == now.st_mtim.tv_nsec)
		return;
	err_ignore(file_restore(k->copy, k->real));
}

static struct err *restore_file(struct undo *u, const char *path, size_t i)
{
	AUTO(versions_release) struct versions v = { .written = BUF_INIT(LIMIT_SERVER_FILE) };
	AUTO(kept_release) struct kept k = { 0 };
	bool reached = false;

	TRY(kept_find(&k, u->dir, path, i));
	enum spot_holds there = file_look(&reached, k.real);

	if (k.is_ours && (!reached || there == SPOT_EMPTY || there == SPOT_OTHER))
		return leave_removed(u, &k);
	if (there == SPOT_LINK)
		tell_link(u, k.real);
	if (there != SPOT_FILE)
		return file_restore(k.copy, k.real);
	TRY(look(&v, &k));
	if (buf_same(&v.now, &v.old)) {
		restore_shape(&k);
		return NULL;
	}
	TRY(file_clear_leftover(k.real));
	return buf_same(&v.now, &v.written) ? file_restore(k.copy, k.real) : restore_edited(u, &v, &k);
}

static void restore_files(struct undo *u)
{
	AUTO(strlist_release) struct strlist paths = { 0 };

	keep_first(u, checkpoint_lines(&paths, u->dir, PART_FILES));
	for (size_t i = 0; i < paths.count; i++) {
		struct err *e = restore_file(u, paths.items[i], i);

		if (e == NULL)
			strlist_add(&u->report->restored, paths.items[i]);
		keep_first(u, e);
	}
}

/* What somebody has written into a file that we made is not ours to throw away. */
static struct err *keep_if_edited(struct undo *u, const char *path, size_t i)
{
	AUTO(free) char *made = checkpoint_made_path(u->dir, i);
	AUTO(versions_release) struct versions v = { 0 };
	AUTO(free) char *kept = NULL;
	bool reached = false;

	if (!fs_exists(made) || file_look(&reached, path) != SPOT_FILE)
		return NULL;
	TRY(file_load(&v.written, made));
	TRY(file_load(&v.now, path));
	if (buf_same(&v.now, &v.written) || v.now.len == 0)
		return NULL;
	TRY(keep(&kept, u, &v.now, path, path));
	strlist_take(&u->report->complaints,
		     str_fmt("%s was edited by somebody since signet made it: it is removed, and the edited version is kept as %s", path,
			     kept));
	return NULL;
}

/* Registered before it is made, so that it may be missing. */
static void remove_created(struct undo *u)
{
	AUTO(strlist_release) struct strlist paths = { 0 };

	keep_first(u, checkpoint_lines(&paths, u->dir, PART_CREATED));
	for (size_t i = 0; i < paths.count; i++) {
		struct stat st;
		AUTO(free) char *real = spot_real_path(paths.items[i]);
		bool there = lstat(paths.items[i], &st) == 0;
		struct err *e = file_clear_leftover(real);

		if (e == NULL)
			e = keep_if_edited(u, real, i);
		if (e == NULL)
			e = fs_unlink(paths.items[i]);
		if (e == NULL && there)
			strlist_add(&u->report->removed, paths.items[i]);
		keep_first(u, e);
	}
}

/* The lists go first: a directory that was emptied by half has nothing left to do. */
static struct err *empty_dir(const char *dir)
{
	static const char *const lists[] = { PART_COMMANDS, PART_CREATED, PART_FILES };
	AUTO(strlist_release) struct strlist rest = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		AUTO(free) char *path = fs_join(dir, lists[i]);

		TRY(fs_unlink(path));
	}
	TRY(fs_sync_dir(dir));
	TRY(fs_list(&rest, dir));
	for (size_t i = 0; i < rest.count; i++) {
		AUTO(free) char *path = fs_join(dir, rest.items[i]);

		TRY(fs_remove_tree(path));
	}
	return NULL;
}

static struct err *remove_dir(const char *dir)
{
	AUTO(free) char *parent = fs_parent(dir);

	TRY(fs_remove_tree(dir));
	return fs_sync_dir(parent);
}

/* What is noted in dir, which is empty then. */
static struct err *undo(const struct checkpoints *c, const char *dir,
			struct checkpoint_report *report)
{
	struct undo u = { c, dir, report, NULL };

	restore_files(&u);
	/* one that is still as it was changed may need what was made for it, and what was made a module */
	if (u.first == NULL)
		remove_created(&u);
	if (u.first == NULL)
		run_commands(&u);
	if (u.first != NULL)
		return err_wrap(
			u.first,
			"undoing what is noted in %s (it is tried again by the next run; remove that "
			"directory if the configuration is as you want it)",
			dir);
	TRY(empty_dir(dir));
	report->checkpoints++;
	return NULL;
}

struct err *checkpoint_withdraw(const struct checkpoints *c, struct checkpoint_report *report)
{
	AUTO(free) char *dir = checkpoint_dir(c, CHECKPOINT_TEMPORARY);

	return fs_is_dir(dir) ? undo(c, dir, report) : NULL;
}

static bool is_empty_dir(const char *dir)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	if (!fs_is_dir(dir))
		return false;
	AUTO(err_free) struct err *e = fs_list(&names, dir);

	return e == NULL && names.count == 0;
}

bool checkpoint_is_owed(const struct checkpoints *c)
{
	AUTO(free) char *dir = checkpoint_dir(c, CHECKPOINT_TEMPORARY);

	return is_empty_dir(dir);
}

struct err *checkpoints_settle(const struct checkpoints *c)
{
	static const enum checkpoint_kind kinds[] = { CHECKPOINT_TEMPORARY,
						      CHECKPOINT_IN_PROGRESS };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO(free) char *dir = checkpoint_dir(c, kinds[i]);

		if (is_empty_dir(dir))
			TRY(remove_dir(dir));
	}
	return NULL;
}

struct err *checkpoint_revert(const struct checkpoints *c, enum checkpoint_kind kind,
			      struct checkpoint_report *report)
{
	AUTO(free) char *dir = checkpoint_dir(c, kind);

	if (!fs_is_dir(dir))
		return NULL;
	TRY(undo(c, dir, report));
	return remove_dir(dir);
}

struct err *checkpoints_recover(const struct checkpoints *c, struct checkpoint_report *report)
{
	if (checkpoint_is_owed(c))
		report->checkpoints++;
	else
		TRY(checkpoint_revert(c, CHECKPOINT_TEMPORARY, report));
	return checkpoint_revert(c, CHECKPOINT_IN_PROGRESS, report);
}

/* It is in progress again while it is undone: a kill leaves what recovery finishes. The rename takes the place of an empty directory. */
static struct err *roll_back(const struct checkpoints *c, const char *name,
			     struct checkpoint_report *report)
{
	AUTO(free) char *backups = checkpoints_backups(c);
	AUTO(free) char *dir = checkpoint_dir(c, CHECKPOINT_IN_PROGRESS);
	AUTO(free) char *path = fs_join(backups, name);

	TRY(fs_rename(path, dir));
	TRY(fs_sync_dir(backups));
	return undo(c, dir, report);
}

struct err *checkpoints_rollback(const struct checkpoints *c, int64_t n,
				 struct checkpoint_report *report)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(checkpoints_recover(c, report));
	report->checkpoints = 0;
	TRY(checkpoints_list(c, &names));
	for (size_t i = names.count; i > 0 && n > 0; i--, n--)
		TRY(roll_back(c, names.items[i - 1], report));
	return NULL;
}

void checkpoint_report_release(struct checkpoint_report *r)
{
	strlist_release(&r->restored);
	strlist_release(&r->removed);
	strlist_release(&r->complaints);
}
