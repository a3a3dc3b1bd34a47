#include "srv/change.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "srv/diff.h"
#include "srv/file.h"
#include "srv/said.h"
#include "srv/spot.h"

struct edit {
	char *path, *real;
	struct buf old, fresh;
};

struct creation {
	char *path;
	struct buf bytes;
	mode_t mode;
	char *like;    /* path of the file whose owner and mode it gets; NULL: mode is its */
	char *target;  /* of a link; NULL: a file */
	bool outlives; /* the undo */
};

struct run {
	struct strlist argv, undo; /* undo empty: none */
};

struct change {
	struct edit *edits;
	size_t edit_count;
	struct creation *creations;
	size_t creation_count;
	struct run *runs;
	size_t run_count;
	struct buf notes;
};

struct change *change_new(void)
{
	struct change *c = xcalloc(1, sizeof(*c));

	c->notes = BUF_INIT(LIMIT_MIB(1));
	return c;
}

void change_free(struct change *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->edit_count; i++) {
		free(c->edits[i].path);
		free(c->edits[i].real);
		buf_release(&c->edits[i].old);
		buf_release(&c->edits[i].fresh);
	}
	for (size_t i = 0; i < c->creation_count; i++) {
		free(c->creations[i].path);
		buf_release(&c->creations[i].bytes);
		free(c->creations[i].like);
		free(c->creations[i].target);
	}
	for (size_t i = 0; i < c->run_count; i++) {
		strlist_release(&c->runs[i].argv);
		strlist_release(&c->runs[i].undo);
	}
	free(c->edits);
	free(c->creations);
	free(c->runs);
	buf_release(&c->notes);
	free(c);
}

static struct buf copy_of(const struct buf *bytes)
{
	struct buf b = BUF_INIT(LIMIT_SERVER_FILE);

	buf_add(&b, bytes->data, bytes->len);
	return b;
}

static struct edit *find_edit(const struct change *c, const char *path)
{
	for (size_t i = 0; i < c->edit_count; i++)
		if (streq(c->edits[i].path, path))
			return &c->edits[i];
	return NULL;
}

void change_edit(struct change *c, const char *path, const struct buf *old, const struct buf *new)
{
	struct edit *e = find_edit(c, path);

	if (e == NULL) {
		c->edits = xrealloc(c->edits, c->edit_count + 1, sizeof(*c->edits));
		e = &c->edits[c->edit_count++];
		*e = (struct edit){ .path = xstrdup(path), .real = spot_real_path(path), .old = copy_of(old) };
	}
	buf_release(&e->fresh);
	e->fresh = copy_of(new);
}

static struct creation *creation_for(struct change *c, const char *path)
{
	for (size_t i = 0; i < c->creation_count; i++)
		if (streq(c->creations[i].path, path))
			return &c->creations[i];
	c->creations = xrealloc(c->creations, c->creation_count + 1, sizeof(*c->creations));
	struct creation *fresh = &c->creations[c->creation_count++];

	*fresh = (struct creation){ .path = xstrdup(path) };
	return fresh;
}

void change_create(struct change *c, const char *path, const struct buf *bytes, mode_t mode)
{
	struct creation *k = creation_for(c, path);

	buf_release(&k->bytes);
	k->bytes = copy_of(bytes);
	k->mode = mode;
}

void change_create_like(struct change *c, const char *path, const struct buf *bytes,
			const char *like)
{
	change_create(c, path, bytes, 0600);
	struct creation *k = creation_for(c, path);

	free(k->like);
	k->like = xstrdup(like);
}

void change_lay_down(struct change *c, const char *path, const struct buf *bytes, mode_t mode)
{
	change_create(c, path, bytes, mode);
	creation_for(c, path)->outlives = true;
}

void change_link(struct change *c, const char *path, const char *target)
{
	struct creation *k = creation_for(c, path);

	free(k->target);
	k->target = xstrdup(target);
}

static void add_argv(struct strlist *out, const char *const *argv)
{
	for (size_t i = 0; argv != NULL && argv[i] != NULL; i++)
		strlist_add(out, argv[i]);
}

void change_run(struct change *c, const char *const *argv, const char *const *undo)
{
	c->runs = xrealloc(c->runs, c->run_count + 1, sizeof(*c->runs));
	struct run *r = &c->runs[c->run_count++];

	*r = (struct run){ 0 };
	add_argv(&r->argv, argv);
	add_argv(&r->undo, undo);
}

void change_note(struct change *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_addv(&c->notes, fmt, args);
	va_end(args);
	buf_addc(&c->notes, '\n');
}

bool change_is_empty(const struct change *c)
{
	bool edited = false;

	for (size_t i = 0; i < c->edit_count; i++)
		edited |= !buf_same(&c->edits[i].old, &c->edits[i].fresh);
	return !edited && c->creation_count == 0 && c->run_count == 0;
}

static void edited_paths(const struct change *c, struct strlist *out)
{
	for (size_t i = 0; i < c->edit_count; i++)
		if (!buf_same(&c->edits[i].old, &c->edits[i].fresh))
			strlist_add(out, c->edits[i].path);
}

static void created_paths(const struct change *c, struct strlist *out)
{
	for (size_t i = 0; i < c->creation_count; i++)
		strlist_add(out, c->creations[i].path);
}

void change_paths(const struct change *c, struct strlist *out)
{
	edited_paths(c, out);
	created_paths(c, out);
}

static void diff_creation(const struct creation *k, struct buf *out)
{
	static const struct buf nothing = { 0 };
	const struct diff_names names = { "/dev/null", k->path };

	if (k->target != NULL)
		buf_addf(out, "# link: %s -> %s\n", k->path, k->target);
	else
		diff_unified(out, &names, &nothing, &k->bytes);
}

void change_diff(const struct change *c, struct buf *out)
{
	for (size_t i = 0; i < c->run_count; i++) {
		AUTO(free) char *line = strlist_join(&c->runs[i].argv, " ");

		buf_addf(out, "# run: %s\n", line);
	}
	for (size_t i = 0; i < c->edit_count; i++) {
		const struct edit *e = &c->edits[i];
		const struct diff_names names = { e->path, e->path };

		diff_unified(out, &names, &e->old, &e->fresh);
	}
	for (size_t i = 0; i < c->creation_count; i++)
		diff_creation(&c->creations[i], out);
}

static struct err *conflict(const char *path, const char *what)
{
	return err_new(ERR_BUSY, "%s %s since it was read; nothing was written, run this again",
		       path, what);
}

static struct err *check_edit(const struct edit *e)
{
	AUTO(buf_release) struct buf now = { 0 };
	enum spot_holds there = SPOT_EMPTY;

	TRY(file_look(&there, e->real));
	if (there != SPOT_FILE)
		return conflict(e->path, "was removed");
	TRY(file_load(&now, e->real));
	return buf_same(&now, &e->old) ? NULL : conflict(e->path, "was changed by somebody else");
}

/* Are the files still what they were when they were read? */
static struct err *check_unchanged(const struct change *c)
{
	for (size_t i = 0; i < c->edit_count; i++)
		TRY(check_edit(&c->edits[i]));
	for (size_t i = 0; i < c->creation_count; i++) {
		struct stat st;

		if (lstat(c->creations[i].path, &st) == 0)
			return conflict(c->creations[i].path, "was made by somebody else");
	}
	return NULL;
}

static struct err *run_command(const struct run *r, const struct world *w)
{
	AUTO(command_result_release) struct command_result result = { 0 };
	AUTO(free) const char **argv = strlist_argv(&r->argv);
	AUTO(free) char *line = strlist_join(&r->argv, " ");
	const struct command c = { .argv = argv,
				   .input = "",
				   .max_output = LIMIT_SERVER_OUTPUT,
				   .timeout_ms = LIMIT_SERVER_MS,
				   .stop = w->stop };

	TRY_WRAP(w->spawner->run(w->spawner, &c, &result), "running `%s`", line);
	if (result.status == 0)
		return NULL;
	AUTO(free) char *said = said_line(result.err);

	return err_new(ERR_CONFIG, "`%s` ended with status %d: %s", line, result.status, said);
}

/* Its undo is noted before it runs: undone twice is undone. */
static struct err *run_one(const struct run *r, const struct checkpoints *to,
			   enum checkpoint_kind kind)
{
	AUTO(free) const char **undo = strlist_argv(&r->undo);
	AUTO(free) const char **done = strlist_argv(&r->argv);
	const struct checkpoint_entry entry = { .undo = undo, .run = done };

	if (r->undo.count > 0)
		TRY(checkpoint_add(to, kind, &entry));
	return run_command(r, to->world);
}

static struct err *create(const struct creation *k)
{
	AUTO(free) char *dir = fs_parent(k->path);

	TRY(fs_mkdirs(dir, 0755));
	if (k->target != NULL)
		TRY(fs_symlink(k->target, k->path));
	else if (k->like != NULL)
		TRY(file_make(k->path, &k->bytes, k->like));
	else
		TRY(fs_replace(k->path, buf_str(&k->bytes), k->bytes.len, k->mode, false));
	return fs_sync_dir(dir);
}

static struct err *write_all(const struct change *c)
{
	for (size_t i = 0; i < c->creation_count; i++)
		TRY(create(&c->creations[i]));
	for (size_t i = 0; i < c->edit_count; i++)
		if (!buf_same(&c->edits[i].old, &c->edits[i].fresh))
			TRY(file_rewrite(c->edits[i].real, &c->edits[i].fresh));
	return NULL;
}

static struct checkpoint_creation creation_note(const struct creation *k)
{
	return (struct checkpoint_creation){ .path = k->path,
					     .bytes = k->target == NULL ? &k->bytes : NULL,
					     .mode = k->mode,
					     .like = k->like };
}

struct err *change_write(const struct change *c, const struct checkpoints *to,
			 enum checkpoint_kind kind)
{
	AUTO(free) struct checkpoint_file *files = xcalloc(c->edit_count + 1, sizeof(*files));
	AUTO(free)
	struct checkpoint_creation *created = xcalloc(c->creation_count + 1, sizeof(*created));
	struct checkpoint_entry entry = { .files = files,
					  .created = created,
					  .notes = buf_str(&c->notes) };

	if (change_is_empty(c))
		return NULL;
	TRY(check_unchanged(c));
	for (size_t i = 0; i < c->edit_count; i++)
		if (!buf_same(&c->edits[i].old, &c->edits[i].fresh))
			files[entry.file_count++] = (struct checkpoint_file){ c->edits[i].path,
									      c->edits[i].real,
									      &c->edits[i].old,
									      &c->edits[i].fresh };
	for (size_t i = 0; i < c->creation_count; i++)
		if (!c->creations[i].outlives)
			created[entry.created_count++] = creation_note(&c->creations[i]);
	TRY(checkpoint_add(to, kind, &entry));
	for (size_t i = 0; i < c->run_count; i++)
		TRY(run_one(&c->runs[i], to, kind));
	return write_all(c);
}
