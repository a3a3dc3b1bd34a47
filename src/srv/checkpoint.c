#include "srv/checkpoint.h"

#include <ctype.h>
#include <libgen.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "srv/checkpoint_dir.h"
#include "srv/csv.h"
#include "srv/file.h"
#include "srv/webserver.h"

enum { DIR_MODE = 0755, PART_MODE = 0644 };

char *checkpoint_dir(const struct checkpoints *c, enum checkpoint_kind kind)
{
	return fs_join(c->work_dir,
		       kind == CHECKPOINT_TEMPORARY ? "temp_checkpoint" : "IN_PROGRESS");
}

char *checkpoints_backups(const struct checkpoints *c)
{
	return fs_join(c->work_dir, "backups");
}

char *checkpoint_copy_path(const char *dir, const char *path, size_t i)
{
	AUTO(free) char *copy = xstrdup(path);

	return str_fmt("%s/%s_%zu", dir, basename(copy), i);
}

char *checkpoint_made_path(const char *dir, size_t i)
{
	return str_fmt("%s/" PART_CREATED "_%zu" SUFFIX_WRITTEN, dir, i);
}

struct err *checkpoint_lines(struct strlist *out, const char *dir, const char *part)
{
	AUTO(free) char *path = fs_join(dir, part);
	AUTO(free) char *text = NULL;

	TRY(fs_read_if_exists(&text, NULL, path, LIMIT_SERVER_PATHS));
	for (char *line = text; line != NULL && *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (len > 0)
			strlist_take(out, xstrndup(line, len));
		line += len + (line[len] == '\n');
	}
	return NULL;
}

bool checkpoint_exists(const struct checkpoints *c, enum checkpoint_kind kind)
{
	AUTO(free) char *dir = checkpoint_dir(c, kind);

	return fs_is_dir(dir);
}

bool checkpoint_holds_any(const struct checkpoints *c, enum checkpoint_kind kind)
{
	AUTO(free) char *dir = checkpoint_dir(c, kind);
	AUTO(strlist_release) struct strlist held = { 0 };
	struct err *e = checkpoint_lines(&held, dir, PART_FILES);

	if (e == NULL)
		e = checkpoint_lines(&held, dir, PART_CREATED);
	bool readable = e == NULL;

	err_ignore(e);
	return !readable || held.count > 0;
}

/* Certbot splits its lists where Python sees the end of a line, at the Unicode ones too. */
static struct err *check_path(const char *path)
{
	static const char *const ends[] = { "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9" };
	bool bad = path[0] != '/';

	for (const char *p = path; *p != '\0'; p++)
		bad |= iscntrl((unsigned char)*p) != 0;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		bad |= strstr(path, ends[i]) != NULL;
	if (!bad)
		return NULL;
	AUTO(free) char *shown = str_printable(path, LIMIT_PATH);

	return err_new(ERR_CONFIG, "%s cannot be named in a checkpoint: rename it first", shown);
}

static struct err *check_paths(const struct checkpoint_entry *entry)
{
	for (size_t i = 0; i < entry->file_count; i++)
		TRY(check_path(entry->files[i].path));
	for (size_t i = 0; i < entry->created_count; i++)
		TRY(check_path(entry->created[i].path));
	return NULL;
}

static struct err *write_lines(const char *dir, const char *part, const struct strlist *lines)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_SERVER_PATHS);
	AUTO(free) char *path = fs_join(dir, part);

	for (size_t i = 0; i < lines->count; i++)
		buf_addf(&b, "%s\n", lines->items[i]);
	TRY(buf_check(&b, path));
	return fs_replace(path, b.data, b.len, PART_MODE, false);
}

static struct err *add_written(const char *dir, const struct strlist *lines,
			       const struct checkpoint_file *f)
{
	size_t i = 0;

	while (!streq(lines->items[i], f->path))
		i++;
	AUTO(free) char *copy = checkpoint_copy_path(dir, f->path, i);
	AUTO(free) char *written = str_fmt("%s" SUFFIX_WRITTEN, copy);

	return fs_replace(written, buf_str(f->fresh), f->fresh->len, 0600, false);
}

/* A copy is whole before its line is there: what has no line was not changed yet. */
static struct err *add_files(const char *dir, const struct checkpoint_entry *entry)
{
	AUTO(strlist_release) struct strlist lines = { 0 };

	if (entry->file_count == 0)
		return NULL;
	TRY(checkpoint_lines(&lines, dir, PART_FILES));
	for (size_t i = 0; i < entry->file_count; i++) {
		const struct checkpoint_file *f = &entry->files[i];
		AUTO(free) char *copy = checkpoint_copy_path(dir, f->path, lines.count);

		if (strlist_has(&lines, f->path))
			continue;
		AUTO(free) char *where = str_fmt("%s" SUFFIX_REAL, copy);

		TRY(file_save(f->path, f->old, copy));
		TRY(fs_replace(where, f->real, strlen(f->real), 0600, false));
		strlist_add(&lines, f->path);
	}
	TRY(write_lines(dir, PART_FILES, &lines));
	for (size_t i = 0; i < entry->file_count; i++)
		TRY(add_written(dir, &lines, &entry->files[i]));
	return NULL;
}

static struct err *add_made(const char *dir, const struct strlist *lines, const struct checkpoint_creation *k)
{
	size_t i = 0;

	if (k->bytes == NULL)
		return NULL;
	while (!streq(lines->items[i], k->path))
		i++;
	AUTO(free) char *made = checkpoint_made_path(dir, i);

	if (k->like != NULL)
		return file_save(k->like, k->bytes, made);
	return fs_replace(made, buf_str(k->bytes), k->bytes->len, k->mode, false);
}

static struct err *add_created(const char *dir, const struct checkpoint_entry *entry)
{
	AUTO(strlist_release) struct strlist lines = { 0 };

	if (entry->created_count == 0)
		return NULL;
	TRY(checkpoint_lines(&lines, dir, PART_CREATED));
	for (size_t i = 0; i < entry->created_count; i++)
		(void)strlist_add_unique(&lines, entry->created[i].path);
	TRY(write_lines(dir, PART_CREATED, &lines));
	for (size_t i = 0; i < entry->created_count; i++)
		TRY(add_made(dir, &lines, &entry->created[i]));
	return NULL;
}

/* Whole files again and again instead of appending: a row or note is there whole or not at all. */
static struct err *append(const char *dir, const char *part, const struct buf *more)
{
	AUTO(free) char *path = fs_join(dir, part);
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_SERVER_PATHS);
	AUTO(free) char *old = NULL;

	TRY(fs_read_if_exists(&old, NULL, path, LIMIT_SERVER_PATHS));
	buf_adds(&b, old != NULL ? old : "");
	buf_add(&b, more->data, more->len);
	TRY(buf_check(&b, path));
	return fs_replace(path, b.data, b.len, PART_MODE, false);
}

static struct err *add_command(const char *dir, const char *part, const char *const *argv)
{
	AUTO(buf_release) struct buf row = BUF_INIT(LIMIT_KIB(64));

	if (argv == NULL)
		return NULL;
	csv_add_row(&row, argv);
	TRY(buf_check(&row, "an undo command"));
	return append(dir, part, &row);
}

static struct err *add_test(const char *dir, const struct webserver *s)
{
	AUTO(free) char *path = fs_join(dir, PART_TEST);

	return s == NULL || fs_exists(path) ? NULL : add_command(dir, PART_TEST, s->test);
}

static struct err *add_notes(const char *dir, const char *notes)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_SERVER_PATHS);

	buf_adds(&text, notes != NULL ? notes : "");
	TRY(buf_check(&text, "the notes of a checkpoint"));
	return append(dir, PART_NOTES, &text);
}

static struct err *check_free(const struct strlist *held, const char *path)
{
	if (strlist_has(held, path))
		return err_new(ERR_BUSY, "%s is changed for a challenge at the moment", path);
	return NULL;
}

/* Undoing the temporary checkpoint would undo more than that. */
static struct err *check_not_held(const struct checkpoints *c, const struct checkpoint_entry *entry)
{
	AUTO(free) char *dir = checkpoint_dir(c, CHECKPOINT_TEMPORARY);
	AUTO(strlist_release) struct strlist held = { 0 };

	TRY(checkpoint_lines(&held, dir, PART_FILES));
	TRY(checkpoint_lines(&held, dir, PART_CREATED));
	for (size_t i = 0; i < entry->file_count; i++)
		TRY(check_free(&held, entry->files[i].path));
	for (size_t i = 0; i < entry->created_count; i++)
		TRY(check_free(&held, entry->created[i].path));
	return NULL;
}

struct err *checkpoint_add(const struct checkpoints *c, enum checkpoint_kind kind,
			   const struct checkpoint_entry *entry)
{
	AUTO(free) char *dir = checkpoint_dir(c, kind);

	TRY(check_paths(entry));
	if (kind == CHECKPOINT_IN_PROGRESS)
		TRY(check_not_held(c, entry));
	TRY(fs_mkdirs(dir, DIR_MODE));
	TRY(add_test(dir, c->server));
	TRY(add_files(dir, entry));
	TRY(add_created(dir, entry));
	if (entry->undo != NULL)
		TRY(add_command(dir, PART_RUN, entry->run));
	TRY(add_command(dir, PART_COMMANDS, entry->undo));
	TRY(add_notes(dir, entry->notes));
	return fs_sync_dir(c->work_dir);
}

static struct err *add_title(const char *dir, const char *title)
{
	AUTO(free) char *path = fs_join(dir, PART_NOTES);
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_SERVER_PATHS);
	AUTO(free) char *notes = NULL;

	TRY(fs_read_if_exists(&notes, NULL, path, LIMIT_SERVER_PATHS));
	buf_addf(&b, "-- %s --\n%s", title, notes != NULL ? notes : "No changes\n");
	TRY(buf_check(&b, path));
	return fs_replace(path, b.data, b.len, PART_MODE, false);
}

struct err *checkpoints_list(const struct checkpoints *c, struct strlist *out)
{
	AUTO(free) char *backups = checkpoints_backups(c);
	AUTO(strlist_release) struct strlist all = { 0 };

	TRY(fs_list(&all, backups));
	for (size_t i = 0; i < all.count; i++) {
		AUTO(free) char *path = fs_join(backups, all.items[i]);

		if (isdigit((unsigned char)all.items[i][0]) && fs_is_dir(path))
			strlist_add(out, all.items[i]);
	}
	return NULL;
}

/* Whole seconds behind the last one there is, when the clock went back. */
static struct err *name_after(char **out, const char *last)
{
	AUTO(free) char *seconds = xstrndup(last, strspn(last, "0123456789"));
	int64_t n = 0;

	if (!str_to_int(seconds, 0, INT64_MAX - 1, &n))
		return err_new(ERR_CONFIG, "%s is no name of a checkpoint: move it away", last);
	*out = str_fmt("%lld.0", (long long)n + 1);
	return NULL;
}

/* "1764290000.123"; rollback goes by the order of names as text. */
static struct err *next_name(char **out, const struct checkpoints *c)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	int64_t ms = clock_now_ms(c->world->clock);
	AUTO(free)
	char *name = str_fmt("%lld.%03lld", (long long)(ms / 1000), (long long)(ms % 1000));

	TRY(checkpoints_list(c, &names));
	bool fresh = strlist_add_unique(&names, name);

	strlist_sort(&names);
	const char *last = names.items[names.count - 1];

	if (!fresh || !streq(last, name))
		return name_after(out, last);
	*out = MOVE(name);
	return NULL;
}

struct err *checkpoint_finish(const struct checkpoints *c, const char *title)
{
	AUTO(free) char *dir = checkpoint_dir(c, CHECKPOINT_IN_PROGRESS);
	AUTO(free) char *backups = checkpoints_backups(c);
	AUTO(free) char *name = NULL;

	if (!fs_is_dir(dir))
		return NULL;
	TRY(add_title(dir, title));
	TRY(fs_mkdirs(backups, DIR_MODE));
	TRY(next_name(&name, c));
	AUTO(free) char *final = fs_join(backups, name);

	TRY(fs_rename(dir, final));
	struct err *e = fs_sync_dir(backups);

	if (e == NULL)
		e = fs_sync_dir(c->work_dir);
	if (e != NULL) /* what failed is undone, and that is looked for where it was */
		err_ignore(fs_rename(final, dir));
	return e;
}
