#include "srv/owner.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/proc.h"
#include "base/shell.h"
#include "srv/checkpoint_dir.h"
#include "srv/csv.h"

struct err *owner_read(struct strlist *test, const char *dir)
{
	AUTO(free) char *path = fs_join(dir, PART_TEST);
	AUTO(free) char *text = NULL;
	size_t at = 0;

	TRY(fs_read_if_exists(&text, NULL, path, LIMIT_KIB(64)));
	if (text != NULL)
		(void)csv_read_row(test, text, &at);
	return NULL;
}

static void add_file(struct strlist *out, const char *path)
{
	char *real = realpath(path, NULL);

	strlist_take(out, real != NULL ? real : xstrdup(path));
}

/* With the name that it is called by: Debian's apache2ctl-NAME, all one file, know by that whose program they are. */
static void add_program(struct strlist *out, const char *word)
{
	AUTO(free) char *path = program_path(word);
	const char *slash = strrchr(word, '/');

	add_file(out, path != NULL ? path : word);
	strlist_add(out, slash != NULL ? slash + 1 : word);
}

static void add_files(struct strlist *out, const struct strlist *test)
{
	if (test->count > 0)
		add_program(out, test->items[0]);
	for (size_t i = 1; i < test->count; i++)
		if (test->items[i][0] == '/')
			add_file(out, test->items[i]);
}

bool owner_is(const struct strlist *test, const struct strlist *own)
{
	AUTO(strlist_release) struct strlist noted = { 0 }, ours = { 0 };

	add_files(&noted, test);
	add_files(&ours, own);
	return strlist_same_set(&noted, &ours);
}

static char *shown(const struct strlist *argv)
{
	AUTO(strlist_release) struct strlist words = { 0 };

	for (size_t i = 0; i < argv->count; i++)
		strlist_take(&words, shell_word(argv->items[i]));
	return strlist_join(&words, " ");
}

struct err *checkpoints_find_foreign(char **test, const struct checkpoints *c,
				     const struct strlist *own, int64_t n)
{
	AUTO(free) char *backups = checkpoints_backups(c);
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(checkpoints_list(c, &names));
	for (size_t i = names.count; i > 0 && n > 0 && *test == NULL; i--, n--) {
		AUTO(free) char *dir = fs_join(backups, names.items[i - 1]);
		AUTO(strlist_release) struct strlist noted = { 0 };

		TRY(owner_read(&noted, dir));
		if (noted.count > 0 && !owner_is(&noted, own))
			*test = shown(&noted);
	}
	return NULL;
}
