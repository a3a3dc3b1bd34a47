#include "srv/site.h"

#include <sys/xattr.h>

#include "srv/change.h"
#include "srv/diff.h"

static void edit(struct change *c, const struct site *s, const char *name, const char *old,
		 const char *fresh)
{
	AUTO(free) char *path = site_path(s, name);
	AUTO(buf_release) struct buf before = text_buf(old);
	AUTO(buf_release) struct buf after = text_buf(fresh);

	change_edit(c, path, &before, &after);
}

static void create(struct change *c, const struct site *s, const char *name, const char *text)
{
	AUTO(free) char *path = site_path(s, name);
	AUTO(buf_release) struct buf bytes = text_buf(text);

	change_create(c, path, &bytes, 0644);
}

static struct err *write_it(const struct change *c, const struct site *s)
{
	return change_write(c, &s->checkpoints, CHECKPOINT_IN_PROGRESS);
}

static void all_kinds_of_changes_and_back(void **state)
{
	static const char *const on[] = { "a2enmod", "ssl", NULL };
	static const char *const off[] = { "a2dismod", "-f", "ssl", NULL };
	AUTO(site_free) struct site *s = site_new();
	AUTO(change_free) struct change *c = change_new();
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	AUTO(free) char *enabled = site_path(s, "enabled");

	site_write(s, "a.conf", "one\n", 0640);
	AUTO(free) char *before = site_picture(s);

	edit(c, s, "a.conf", "one\n", "two\n");
	edit(c, s, "a.conf", "two\n", "three\n"); /* the first old bytes count */
	create(c, s, "b.conf", "new\n");
	change_link(c, enabled, "b.conf");
	change_run(c, on, off);
	assert_done(write_it(c, s));
	AUTO(free) char *text = site_read(s, "a.conf");
	AUTO(free) char *made = site_read(s, "enabled");

	assert_string_equal(text, "three\n");
	assert_string_equal(made, "new\n");
	assert_done(checkpoints_recover(&s->checkpoints, &report));
	AUTO(free) char *after = site_picture(s);
	AUTO(free) char *ran = strlist_join(&s->ran, ",");

	assert_string_equal(after, before);
	assert_string_equal(ran, "a2enmod ssl,a2dismod -f ssl");
	(void)state;
}

static void by_hand(const struct site *s, const char *name, const char *text)
{
	AUTO(free) char *path = site_path(s, name);

	assert_done(fs_replace(path, text, strlen(text), 0644, true));
}

/* Edited by somebody between our change and its undo: -> what a.conf has then; the report says so. */
static char *undone_behind(const struct site *s, const char *fresh, const char *edited, const char *said)
{
	AUTO(change_free) struct change *c = change_new();
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };

	site_write(s, "a.conf", "one\ntwo\nthree\n", 0640);
	edit(c, s, "a.conf", "one\ntwo\nthree\n", fresh);
	assert_done(write_it(c, s));
	by_hand(s, "a.conf", edited);
	assert_done(checkpoints_recover(&s->checkpoints, &report));
	assert_int_equal(report.complaints.count, 1);
	assert_non_null(strstr(report.complaints.items[0], said));
	return site_read(s, "a.conf");
}

static void what_somebody_else_did_survives_the_undo(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(free)
	char *text = undone_behind(s, "one\nours\ntwo\nthree\n", "theirs\none\nours\ntwo\nthree\n", "that stays");

	assert_string_equal(text, "theirs\none\ntwo\nthree\n");
	(void)state;
}

static void what_cannot_be_told_apart_is_kept(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(free) char *text = undone_behind(s, "one\nours\nmore\nthree\n", "one\nours\ntheirs\nthree\n", "is kept as ");
	AUTO(free) char *dir = fs_join(s->work, "signet/edited");
	AUTO(strlist_release) struct strlist kept = { 0 };

	assert_string_equal(text, "one\ntwo\nthree\n");
	assert_done(fs_list(&kept, dir));
	assert_int_equal(kept.count, 1);
	assert_true(str_starts(kept.items[0], "a.conf."));
	AUTO(free) char *path = fs_join(dir, kept.items[0]);
	AUTO(free) char *theirs = NULL;

	assert_done(fs_read_if_exists(&theirs, NULL, path, LIMIT_KIB(1)));
	assert_string_equal(theirs, "one\nours\ntheirs\nthree\n");
	(void)state;
}

/* Whoever may write in a directory above may lead a path elsewhere: not by a link that is put where we make a file. */
static void links_are_not_followed(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(change_free) struct change *c = change_new();
	AUTO(free) char *trap = site_path(s, ".a.conf.signet-new");

	site_write(s, "secret", "secret\n", 0600);
	site_write(s, "a.conf", "one\n", 0644);
	assert_done(fs_symlink("secret", trap));
	edit(c, s, "a.conf", "one\n", "two\n");
	assert_done(write_it(c, s));
	AUTO(free) char *secret = site_read(s, "secret");
	AUTO(free) char *text = site_read(s, "a.conf");
	AUTO(free) char *path = site_path(s, "secret");
	struct stat st;

	assert_string_equal(secret, "secret\n");
	assert_string_equal(text, "two\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	(void)state;
}

/* Nor by one that is put in the place of the file itself, before the undo. */
static void the_undo_follows_no_new_link(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(change_free) struct change *c = change_new();
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	AUTO(free) char *path = site_path(s, "a.conf");
	AUTO(free) char *target = NULL;

	site_write(s, "secret", "secret\n", 0600);
	site_write(s, "a.conf", "one\n", 0644);
	edit(c, s, "a.conf", "one\n", "two\n");
	assert_done(write_it(c, s));
	assert_done(fs_unlink(path));
	assert_done(fs_symlink("secret", path));
	assert_done(checkpoints_recover(&s->checkpoints, &report));
	assert_int_equal(report.complaints.count, 1);
	assert_non_null(strstr(report.complaints.items[0], "was replaced by a link to secret"));
	AUTO(free) char *secret = site_read(s, "secret");
	AUTO(free) char *text = site_read(s, "a.conf");

	assert_string_equal(secret, "secret\n");
	assert_string_equal(text, "one\n");
	assert_done(fs_readlink(&target, path));
	assert_null(target);
	(void)state;
}

/* What we made goes, what somebody wrote into it since does not; what others may use by then stays where it is. */
static void what_was_made_is_removed(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(change_free) struct change *c = change_new();
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	AUTO(free) char *dir = fs_join(s->work, "signet/edited");
	AUTO(free) char *shared = site_path(s, "shared.conf");
	AUTO(buf_release) struct buf options = text_buf("options\n");
	AUTO(strlist_release) struct strlist kept = { 0 };

	create(c, s, "same.conf", "same\n");
	create(c, s, "edited.conf", "made\n");
	change_lay_down(c, shared, &options, 0644);
	assert_done(write_it(c, s));
	by_hand(s, "edited.conf", "made\nand edited\n");
	assert_done(checkpoints_recover(&s->checkpoints, &report));
	AUTO(free) char *picture = site_picture(s);

	assert_true(str_starts(picture, "shared.conf "));
	assert_null(strstr(picture, "edited.conf"));
	assert_int_equal(report.complaints.count, 1);
	assert_non_null(strstr(report.complaints.items[0], "edited.conf was edited by somebody since signet made it"));
	assert_done(fs_list(&kept, dir));
	assert_int_equal(kept.count, 1);
	AUTO(free) char *path = fs_join(dir, kept.items[0]);
	AUTO(free) char *text = NULL;

	assert_done(fs_read_if_exists(&text, NULL, path, LIMIT_KIB(1)));
	assert_string_equal(text, "made\nand edited\n");
	(void)state;
}

/* What somebody has set since is theirs, as what they have written is. */
static void the_mode_of_today_stays(void **state)
{
	static const char *const edits[] = { "two\n", "two\nthree\n", "one\n" };

	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		AUTO(site_free) struct site *s = site_new();
		AUTO(change_free) struct change *c = change_new();
		AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
		AUTO(free) char *path = site_path(s, "a.conf");
		struct stat st;

		site_write(s, "a.conf", "one\n", 0644);
		edit(c, s, "a.conf", "one\n", "two\n");
		assert_done(write_it(c, s));
		by_hand(s, "a.conf", edits[i]);
		assert_int_equal(chmod(path, 0600), 0);
		assert_done(checkpoints_recover(&s->checkpoints, &report));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	(void)state;
}

/* Who may not read a file may not read a copy of it either, nor when an undo of it is taken back. */
static void a_copy_is_like_its_original(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(change_free) struct change *c = change_new();
	AUTO(free) char *like = site_path(s, "a.conf");
	AUTO(free) char *path = site_path(s, "a-copy.conf");
	AUTO(buf_release) struct buf bytes = text_buf("secret\n");
	gid_t group = geteuid() == 0 ? 4 : getegid();
	struct stat st;

	site_write(s, "a.conf", "secret\n", 0640);
	assert_int_equal(chown(like, geteuid(), group), 0);
	change_create_like(c, path, &bytes, like);
	assert_done(write_it(c, s));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_gid, group);
	assert_true(st.st_mtim.tv_sec > 1700000000);
	(void)state;
}

enum removal { FILE_GONE, DIR_GONE, DIR_IS_LINK, IS_DIR };

static void take_away(const struct site *s, enum removal how)
{
	AUTO(free) char *dir = site_path(s, "d");
	AUTO(free) char *path = site_path(s, "d/a.conf");
	AUTO(free) char *away = site_path(s, "away");

	assert_done(fs_unlink(path));
	if (how == IS_DIR)
		assert_done(fs_mkdir(path, 0755, NULL));
	if (how == DIR_GONE || how == DIR_IS_LINK)
		assert_int_equal(rename(dir, away), 0);
	if (how == DIR_IS_LINK)
		assert_done(fs_symlink("away", dir));
}

/* That is no reason for every later run to fail, and nothing is lost. */
static void what_somebody_took_away_stays_away(void **state)
{
	for (enum removal how = FILE_GONE; how <= IS_DIR; how++) {
		AUTO(site_free) struct site *s = site_new();
		AUTO(change_free) struct change *c = change_new();
		AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
		AUTO(free) char *dir = site_path(s, "d");
		AUTO(free) char *away = site_path(s, "away/a.conf");
		AUTO(free) char *edited = fs_join(s->work, "signet/edited");
		AUTO(strlist_release) struct strlist kept = { 0 };

		assert_done(fs_mkdir(dir, 0755, NULL));
		site_write(s, "d/a.conf", "one\n", 0644);
		edit(c, s, "d/a.conf", "one\n", "two\n");
		assert_done(write_it(c, s));
		take_away(s, how);
		assert_done(checkpoints_recover(&s->checkpoints, &report));
		assert_int_equal(report.complaints.count, 1);
		assert_non_null(strstr(report.complaints.items[0], "d/a.conf was removed by somebody"));
		assert_false(fs_exists(away));
		assert_done(fs_list(&kept, edited));
		assert_int_equal(kept.count, 1);
		assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	}
	(void)state;
}

static void what_somebody_else_did_is_not_overwritten(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(change_free) struct change *changed = change_new();
	AUTO(change_free) struct change *gone = change_new();
	AUTO(change_free) struct change *made = change_new();

	site_write(s, "a.conf", "by hand\n", 0644);
	edit(changed, s, "a.conf", "one\n", "two\n");
	assert_refused(write_it(changed, s), ERR_BUSY, "a.conf was changed by somebody else");
	edit(gone, s, "none.conf", "one\n", "two\n");
	assert_refused(write_it(gone, s), ERR_BUSY, "none.conf was removed");
	create(made, s, "a.conf", "new\n");
	assert_refused(write_it(made, s), ERR_BUSY, "a.conf was made by somebody else");
	AUTO(free) char *text = site_read(s, "a.conf");

	assert_string_equal(text, "by hand\n");
	assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	(void)state;
}

static void nothing_to_change_leaves_nothing(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(change_free) struct change *c = change_new();

	site_write(s, "a.conf", "one\n", 0644);
	edit(c, s, "a.conf", "one\n", "one\n");
	change_note(c, "nothing of %s", "note");
	assert_true(change_is_empty(c));
	assert_done(write_it(c, s));
	assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	(void)state;
}

/* Mode, extended attributes and links are those of before; only bytes and time differ. */
static void all_but_bytes_stays(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(change_free) struct change *c = change_new();
	AUTO(free) char *real = site_path(s, "real.conf");
	AUTO(free) char *alias = site_path(s, "alias.conf");
	char value[8] = { 0 };
	struct stat st;

	site_write(s, "real.conf", "one\n", 0604);
	assert_done(fs_symlink("real.conf", alias));
	bool has_attributes = setxattr(real, "user.signet", "kept", 4, 0) == 0;

	edit(c, s, "alias.conf", "one\n", "two\n");
	assert_done(write_it(c, s));
	assert_true(fs_is_link(alias));
	assert_int_equal(stat(real, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	if (has_attributes)
		assert_int_equal(getxattr(real, "user.signet", value, sizeof(value)), 4);
	AUTO(free) char *text = site_read(s, "real.conf");

	assert_string_equal(text, "two\n");
	(void)state;
}

static void a_command_that_fails_stops_it(void **state)
{
	static const char *const on[] = { "a2enmod", "ssl", NULL };
	AUTO(site_free) struct site *s = site_new();
	AUTO(change_free) struct change *c = change_new();

	site_write(s, "a.conf", "one\n", 0644);
	edit(c, s, "a.conf", "one\n", "two\n");
	change_run(c, on, NULL);
	s->refuses = "a2enmod";
	assert_refused(write_it(c, s), ERR_CONFIG,
		       "`a2enmod ssl` ended with status 1: unknown directive");
	AUTO(free) char *text = site_read(s, "a.conf");

	assert_string_equal(text, "one\n");
	(void)state;
}

static void assert_diff(const char *old, const char *fresh, const char *expected)
{
	const struct diff_names names = { "a", "b" };
	AUTO(buf_release) struct buf x = text_buf(old);
	AUTO(buf_release) struct buf y = text_buf(fresh);
	AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_MIB(8));

	diff_unified(&out, &names, &x, &y);
	assert_string_equal(buf_str(&out), expected);
}

static void diffs_are_unified(void **state)
{
	assert_diff("same\n", "same\n", "");
	assert_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
		    "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
	assert_diff("", "new\n", "--- a\n+++ b\n@@ -0,0 +1,1 @@\n+new\n");
	assert_diff("old", "",
		    "--- a\n+++ b\n@@ -1,1 +0,0 @@\n-old\n\\ No newline at end of file\n");
	assert_diff("a\nb\n", "a\nx\nb\n", "--- a\n+++ b\n@@ -1,2 +1,3 @@\n a\n+x\n b\n");
	/* two changes far apart are two hunks, near ones are one */
	assert_diff(
		"0\na\n1\n2\n3\n4\n5\n6\n7\nb\n", "0\nA\n1\n2\n3\n4\n5\n6\n7\nB\n",
		"--- a\n+++ b\n@@ -1,5 +1,5 @@\n 0\n-a\n+A\n 1\n 2\n 3\n@@ -7,4 +7,4 @@\n 5\n 6\n 7\n-b\n+B\n");
	assert_diff("a\n1\n2\nb\n", "A\n1\n2\nB\n",
		    "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n-b\n+B\n");
	(void)state;
}

/* Applying what is shown yields the new text: + and context of one big file with everything changed. */
static void very_different_texts_are_one_block(void **state)
{
	const struct diff_names names = { "a", "b" };
	AUTO(buf_release) struct buf x = BUF_INIT(LIMIT_MIB(1));
	AUTO(buf_release) struct buf y = BUF_INIT(LIMIT_MIB(1));
	AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_MIB(8));

	for (int i = 0; i < 1500; i++) {
		buf_addf(&x, "old %d\n", i);
		buf_addf(&y, "new %d\n", i);
	}
	diff_unified(&out, &names, &x, &y);
	assert_non_null(strstr(buf_str(&out), "@@ -1,1500 +1,1500 @@\n-old 0\n"));
	assert_non_null(strstr(buf_str(&out), "-old 1499\n+new 0\n"));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_of_changes_and_back),
		cmocka_unit_test(what_somebody_else_did_is_not_overwritten),
		cmocka_unit_test(what_somebody_else_did_survives_the_undo),
		cmocka_unit_test(what_cannot_be_told_apart_is_kept),
		cmocka_unit_test(links_are_not_followed),
		cmocka_unit_test(the_undo_follows_no_new_link),
		cmocka_unit_test(what_somebody_took_away_stays_away),
		cmocka_unit_test(what_was_made_is_removed),
		cmocka_unit_test(the_mode_of_today_stays),
		cmocka_unit_test(a_copy_is_like_its_original),
		cmocka_unit_test(nothing_to_change_leaves_nothing),
		cmocka_unit_test(all_but_bytes_stays),
		cmocka_unit_test(a_command_that_fails_stops_it),
		cmocka_unit_test(diffs_are_unified),
		cmocka_unit_test(very_different_texts_are_one_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
