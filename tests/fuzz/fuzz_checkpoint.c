/*
 * A backup of anybody's: its name, and the texts of its lists, one behind the other, each ended by a line "%%". It is rolled back
 * whole, or it stays and the reason is told; what is backed up next comes behind it in the order of rollbacks.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SECTION_NAME,
	SECTION_FILES,
	SECTION_CREATED,
	SECTION_COMMANDS,
	SECTION_NOTES,
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

static struct err *run_nothing(const struct spawner *s, const struct command *c,
			       struct command_result *out)
{
	(void)s;
	need(c->argv[0] != NULL);
	*out = (struct command_result){ .status = c->argv[0][0] == 'f',
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

/* Every other file has its copy. A name that is too long has none. */
static void write_copies(const char *dir)
{
	AUTO(strlist_release) struct strlist paths = { 0 };

	done(checkpoint_lines(&paths, dir, PART_FILES));
	for (size_t i = 0; i < paths.count; i += 1 + i % 2) {
		AUTO(free) char *copy = checkpoint_copy_path(dir, paths.items[i], i);

		err_ignore(fs_replace(copy, paths.items[i], strlen(paths.items[i]), 0640, false));
	}
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
	write_copies(dir);
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

static void check_rolled_back(const struct checkpoints *c, const char *dir)
{
	AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };
	AUTO(strlist_release) struct strlist paths = { 0 };

	done(checkpoint_lines(&paths, dir, PART_FILES));
	AUTO(err_free) struct err *e = checkpoints_rollback(c, 1, &r);

	if (e == NULL)
		done(checkpoints_settle(c));
	need(checkpoint_exists(c, CHECKPOINT_IN_PROGRESS) == (e != NULL));
	need(e != NULL || (r.checkpoints == 1 && r.restored.count == paths.count));
	for (size_t i = 0; i < r.restored.count; i++) {
		const char *path = r.restored.items[i];

		need(strlist_has(&paths, path));
		need(fs_exists(path) ||
		     strlist_has(&r.removed, path)); /* one may stand in both lists */
	}
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
