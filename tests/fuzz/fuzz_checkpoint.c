/*
 * A backup of anybody's: its name, the texts of its lists, what was written into its files and what they have now, one behind the other,
 * each ended by a line "%%". It is rolled back whole, or what the server needs of it stays and is told, or all of it stays and the reason
 * is told; what is backed up next comes behind it in the order of rollbacks.
 *
 * The paths of its lists are put below a directory of ours, so that nothing else can be touched.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "srv/checkpoint_dir.h"
#include "srv/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SECTION_NAME,
	SECTION_FILES,
	SECTION_CREATED,
	SECTION_COMMANDS,
	SECTION_NOTES,
	SECTION_WRITTEN,
	SECTION_NOW,
	SECTION_COUNT
};

static void need(bool fine)
{
	if (!fine)
		abort();
}

static void done(struct err *e)
{
	need(e == NULL);
}

/* --- the sandbox --- */

#define TEST "test" /* FILE: the server takes no "!" in it */

static bool has_mark(const char *path)
{
	AUTO(free) char *text = NULL;

	err_ignore(fs_read_if_exists(&text, NULL, path, LIMIT_MIB(1)));
	return text != NULL && strchr(text, '!') != NULL;
}

static struct err *run_nothing(const struct spawner *s, const struct command *c, struct command_result *out)
{
	bool tests = streq(c->argv[0], TEST) && c->argv[1] != NULL;

	(void)s;
	*out = (struct command_result){ .status = tests ? has_mark(c->argv[1]) : c->argv[0][0] == 'f',
					.out = xstrdup(""),
					.err = xstrdup("said why") };
	return NULL;
}

static const struct spawner runs_nothing = { .run = run_nothing };
static const struct world world = { .clock = &system_clock, .spawner = &runs_nothing };

static char *make_sandbox(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = str_fmt("%s/fuzz-checkpoint-XXXXXX", tmp != NULL ? tmp : "/tmp");

	need(mkdtemp(dir) != NULL);
	return dir;
}

/* Two names of one file would be two files to the lists: "a//b", "a/./b". */
static void spell_once(char *path)
{
	char *begin = path; /* of a part */

	for (char *p = path;; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		if (p == begin && *p == '/')
			*p = '_';
		else if (p == begin + 1 && *begin == '.')
			*begin = '_';
		if (*p == '\0')
			return;
		if (*p == '/')
			begin = p + 1;
	}
}

/* A line of a list, below the sandbox and with nothing in it that leads out of it. */
static void add_path(struct buf *out, const char *sandbox, const char *line)
{
	AUTO(free) char *inside = xstrdup(line);

	for (char *up = inside; (up = strstr(up, "..")) != NULL;)
		memcpy(up, "__", 2);
	spell_once(inside);
	buf_addf(out, "%s/site/%s\n", sandbox, inside);
}

static char *paths_inside(const char *sandbox, const char *text)
{
	AUTO(strlist_release) struct strlist lines = { 0 };
	struct buf out = BUF_INIT(LIMIT_MIB(4));

	strlist_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.count && i < 50; i++)
		if (*lines.items[i] != '\0')
			add_path(&out, sandbox, lines.items[i]);
	return buf_detach(&out);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	AUTO(free) char *path = fs_join(dir, name);

	done(fs_replace(path, text, strlen(text), 0644, false));
}

/* --- the backup --- */

static char *section(const char **rest)
{
	const char *end = strstr(*rest, "%%\n");
	char *text = end != NULL ? xstrndup(*rest, (size_t)(end - *rest)) : xstrdup(*rest);

	*rest += end != NULL ? strlen(text) + 3 : strlen(text);
	return text;
}

/* One that cannot be written, for its name or for what stands in its way, is not there. */
static void try_write(const char *path, const char *text)
{
	AUTO(free) char *dir = fs_parent(path);

	err_ignore(fs_mkdirs(dir, 0755));
	err_ignore(fs_replace(path, text, strlen(text), 0640, false));
}

/* Every third file is one of ours, and is there. */
static void write_ours(const char *copy, const char *path, char *const *sections)
{
	AUTO(free) char *written = str_fmt("%s" SUFFIX_WRITTEN, copy);
	AUTO(free) char *real = str_fmt("%s" SUFFIX_REAL, copy);

	try_write(written, sections[SECTION_WRITTEN]);
	try_write(real, path);
	try_write(path, sections[SECTION_NOW]);
}

/* Most files have their copy. A name that is too long has none. */
static void write_copies(const char *dir, char *const *sections)
{
	AUTO(strlist_release) struct strlist paths = { 0 };

	done(checkpoint_lines(&paths, dir, PART_FILES));
	for (size_t i = 0; i < paths.count; i++) {
		AUTO(free) char *copy = checkpoint_copy_path(dir, paths.items[i], i);

		if (i % 4 != 3)
			try_write(copy, paths.items[i]);
		if (i % 3 == 0)
			write_ours(copy, paths.items[i], sections);
	}
}

static void write_made(const char *dir, char *const *sections)
{
	AUTO(strlist_release) struct strlist paths = { 0 };

	done(checkpoint_lines(&paths, dir, PART_CREATED));
	for (size_t i = 0; i < paths.count; i += 2) {
		AUTO(free) char *note = checkpoint_made_path(dir, i);

		try_write(note, sections[SECTION_WRITTEN]);
		try_write(paths.items[i], sections[i % 4 == 0 ? SECTION_NOW : SECTION_WRITTEN]);
	}
}

static void write_test(const char *dir, const char *sandbox)
{
	AUTO(free) char *file = str_fmt("%s/site/a.conf", sandbox);
	AUTO(buf_release) struct buf row = BUF_INIT(LIMIT_KIB(8));
	const char *argv[] = { TEST, file, NULL };

	csv_add_row(&row, argv);
	write_file(dir, PART_TEST, buf_str(&row));
}

static void write_backup(const char *dir, const char *sandbox, char *const *sections)
{
	AUTO(free) char *files = paths_inside(sandbox, sections[SECTION_FILES]);
	AUTO(free) char *created = paths_inside(sandbox, sections[SECTION_CREATED]);

	done(fs_mkdirs(dir, 0755));
	write_file(dir, PART_FILES, files);
	write_file(dir, PART_CREATED, created);
	write_file(dir, PART_COMMANDS, sections[SECTION_COMMANDS]);
	write_file(dir, PART_NOTES, sections[SECTION_NOTES]);
	write_test(dir, sandbox);
	write_copies(dir, sections);
	write_made(dir, sections);
}

/* A name that may be that of a backup, of anybody's. */
static char *backup_path(const struct checkpoints *c, const char *text)
{
	AUTO(free) char *backups = checkpoints_backups(c);
	AUTO(free) char *name = str_fmt("1%.*s", (int)strcspn(text, "/\n"), text);

	return strlen(name) < 200 ? fs_join(backups, name) : fs_join(backups, "1");
}

/* --- what holds --- */

static void check_finished_is_last(const struct checkpoints *c)
{
	AUTO(strlist_release) struct strlist before = { 0 };
	AUTO(strlist_release) struct strlist after = { 0 };

	done(checkpoint_add(c, CHECKPOINT_IN_PROGRESS, &(struct checkpoint_entry){ .notes = "" }));
	done(checkpoints_list(c, &before));
	struct err *e = checkpoint_finish(c, "title");

	done(checkpoints_list(c, &after));
	need(after.count == before.count + (e == NULL));
	need(e != NULL || !strlist_has(&before, after.items[after.count - 1]));
	err_free(e);
}

static size_t told(const struct checkpoint_report *r, const char *words)
{
	size_t n = 0;

	for (size_t i = 0; i < r->complaints.count; i++)
		n += strstr(r->complaints.items[i], words) != NULL;
	return n;
}

/* Each file is put back, or what of it stays is told. */
static void check_report(const struct checkpoint_report *r, const struct strlist *paths)
{
	need(r->checkpoints == 1);
	need(r->restored.count <= paths->count && r->restored.count + told(r, " keeps what signet had written") >= paths->count);
	for (size_t i = 0; i < r->restored.count; i++) {
		const char *path = r->restored.items[i];

		need(strlist_has(paths, path));
		/* one may stand in both lists */
		need(fs_exists(path) || strlist_has(&r->removed, path) || told(r, " was removed by somebody since") > 0);
	}
}

static void check_rolled_back(const struct checkpoints *c, const char *dir)
{
	AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };
	AUTO(strlist_release) struct strlist paths = { 0 };

	done(checkpoint_lines(&paths, dir, PART_FILES));
	AUTO(err_free) struct err *e = checkpoints_rollback(c, 1, &r);

	if (e == NULL)
		done(checkpoints_settle(c));
	need(checkpoint_exists(c, CHECKPOINT_IN_PROGRESS) == (e != NULL));
	if (e == NULL)
		check_report(&r, &paths);
}

static void try_backup(const char *sandbox, char *const *sections)
{
	AUTO(free) char *work = fs_join(sandbox, "work");
	AUTO(free) char *site = fs_join(sandbox, "site");
	const struct checkpoints c = { .world = &world, .work_dir = work };
	AUTO(free) char *dir = backup_path(&c, sections[SECTION_NAME]);
	AUTO(free) char *progress = checkpoint_dir(&c, CHECKPOINT_IN_PROGRESS);

	done(fs_mkdirs(site, 0755));
	write_file(site, "a.conf", "changed\n");
	write_backup(dir, sandbox, sections);
	check_rolled_back(&c, dir);
	done(fs_remove_tree(progress));
	write_backup(dir, sandbox, sections);
	check_finished_is_last(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = xstrndup((const char *)data, size);
	const char *rest = text;
	char *sections[SECTION_COUNT];

	if (size > LIMIT_KIB(16))
		return 0;
	AUTO(free) char *sandbox = make_sandbox();

	for (size_t i = 0; i < SECTION_COUNT; i++)
		sections[i] = section(&rest);
	try_backup(sandbox, sections);
	done(fs_remove_tree(sandbox));
	for (size_t i = 0; i < SECTION_COUNT; i++)
		free(sections[i]);
	return 0;
}
