#include "client/faults.h"
#include "srv/site.h"

#include <sys/wait.h>

#include "srv/file.h"
#include "srv/spot.h"

static void keep(const struct site *s, enum checkpoint_kind kind, const char *name,
		 const char *will_be)
{
	AUTO(free) char *path = site_path(s, name);
	AUTO(free) char *text = site_read(s, name);
	AUTO(buf_release) struct buf old = text_buf(text);
	AUTO(buf_release) struct buf fresh = text_buf(will_be);
	AUTO(free) char *real = spot_real_path(path);
	const struct checkpoint_file file = { path, real, &old, &fresh };
	const struct checkpoint_entry entry = { .files = &file,
						.file_count = 1,
						.notes = "a note\n" };

	assert_done(checkpoint_add(&s->checkpoints, kind, &entry));
}

static void register_new(const struct site *s, enum checkpoint_kind kind, const char *name)
{
	AUTO(free) char *path = site_path(s, name);
	const struct checkpoint_creation created = { .path = path };
	const struct checkpoint_entry entry = { .created = &created, .created_count = 1 };

	assert_done(checkpoint_add(&s->checkpoints, kind, &entry));
}

/* As a change does it: the mode stays. */
static void overwrite(const struct site *s, const char *name, const char *text)
{
	AUTO(free) char *path = site_path(s, name);
	AUTO(buf_release) struct buf bytes = text_buf(text);

	if (fs_exists(path))
		assert_done(file_rewrite(path, &bytes));
	else
		assert_done(fs_replace(path, text, strlen(text), 0600, false));
}

static char *part_of(const struct site *s, const char *relative)
{
	AUTO(free) char *path = fs_join(s->work, relative);
	char *text = NULL;

	assert_done(fs_read_if_exists(&text, NULL, path, LIMIT_MIB(1)));
	return text;
}

/* certbot.md 17: the names and the text of each part */
static void layout_is_certbots(void **state)
{
	static const char *const undo[] = { "a2dismod", "-f", "one, \"two\"", NULL };
	AUTO(site_free) struct site *s = site_new();
	AUTO(free) char *a = site_path(s, "a.conf");
	AUTO(free) char *b = site_path(s, "b.conf");

	site_write(s, "a.conf", "old a\n", 0640);
	site_write(s, "b.conf", "old b\n", 0644);
	keep(s, CHECKPOINT_IN_PROGRESS, "a.conf", "new a\n");
	keep(s, CHECKPOINT_IN_PROGRESS, "b.conf", "new b\n");
	overwrite(s, "a.conf", "new a\n");
	keep(s, CHECKPOINT_IN_PROGRESS, "a.conf", "newer a\n"); /* the first copy stays */
	register_new(s, CHECKPOINT_IN_PROGRESS, "c.conf");
	assert_done(checkpoint_add(&s->checkpoints, CHECKPOINT_IN_PROGRESS,
				   &(struct checkpoint_entry){ .undo = undo }));
	AUTO(free) char *lines = str_fmt("%s\n%s\n", a, b);
	AUTO(free) char *paths = part_of(s, "IN_PROGRESS/FILEPATHS");
	AUTO(free) char *copy = part_of(s, "IN_PROGRESS/a.conf_0");
	AUTO(free) char *second = part_of(s, "IN_PROGRESS/b.conf_1");
	AUTO(free) char *commands = part_of(s, "IN_PROGRESS/COMMANDS");
	AUTO(free) char *notes = part_of(s, "IN_PROGRESS/CHANGES_SINCE");

	assert_string_equal(paths, lines);
	assert_string_equal(copy, "old a\n");
	assert_string_equal(second, "old b\n");
	assert_string_equal(commands, "a2dismod,-f,\"one, \"\"two\"\"\"\r\n");
	assert_string_equal(notes, "a note\na note\na note\n");
	assert_done(checkpoint_finish(&s->checkpoints, "A title"));
	AUTO(strlist_release) struct strlist all = { 0 };

	assert_done(checkpoints_list(&s->checkpoints, &all));
	assert_int_equal(all.count, 1);
	AUTO(free) char *changes = str_fmt("backups/%s/CHANGES_SINCE", all.items[0]);
	AUTO(free) char *titled = part_of(s, changes);

	assert_string_equal(titled, "-- A title --\na note\na note\na note\n");
	assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	(void)state;
}

static void recovery_restores_everything(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	static const char *const first[] = { "undo", "first", NULL };
	static const char *const last[] = { "undo", "last", NULL };

	site_write(s, "a.conf", "old\n", 0640);
	site_write(s, "t.conf", "temporary\n", 0644);
	AUTO(free) char *before = site_picture(s);

	keep(s, CHECKPOINT_TEMPORARY, "t.conf", "changed\n");
	keep(s, CHECKPOINT_IN_PROGRESS, "a.conf", "changed\n");
	register_new(s, CHECKPOINT_IN_PROGRESS, "new.conf");
	assert_done(checkpoint_add(&s->checkpoints, CHECKPOINT_IN_PROGRESS,
				   &(struct checkpoint_entry){ .undo = first }));
	assert_done(checkpoint_add(&s->checkpoints, CHECKPOINT_IN_PROGRESS,
				   &(struct checkpoint_entry){ .undo = last }));
	overwrite(s, "a.conf", "changed\n");
	overwrite(s, "t.conf", "changed\n");
	overwrite(s, "new.conf", "new\n");
	s->refuses = "undo last";
	assert_done(checkpoints_recover(&s->checkpoints, &report));
	AUTO(free) char *after = site_picture(s);
	AUTO(free) char *ran = strlist_join(&s->ran, ",");

	assert_string_equal(after, before);
	assert_string_equal(ran, "undo last,undo first");
	assert_int_equal(report.complaints.count, 1);
	assert_non_null(strstr(report.complaints.items[0], "unknown directive in line 3"));
	assert_int_equal(report.restored.count, 2);
	assert_int_equal(report.removed.count, 1);
	assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_TEMPORARY));
	assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	(void)state;
}

static void what_a_challenge_holds_is_left_alone(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(free) char *path = site_path(s, "a.conf");
	AUTO(buf_release) struct buf old = text_buf("old\n");
	const struct checkpoint_file file = { path, path, &old, &old };
	const struct checkpoint_entry entry = { .files = &file, .file_count = 1 };

	site_write(s, "a.conf", "old\n", 0644);
	keep(s, CHECKPOINT_TEMPORARY, "a.conf", "changed\n");
	assert_refused(checkpoint_add(&s->checkpoints, CHECKPOINT_IN_PROGRESS, &entry), ERR_BUSY,
		       "a.conf is changed for a challenge");
	(void)state;
}

static void names_that_certbot_would_split_are_refused(void **state)
{
	static const char *const names[] = { "/a\nb", "/a\x0b", "/a\xe2\x80\xa8z", "a",
					     "/\xc2\x85" };
	AUTO(site_free) struct site *s = site_new();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct checkpoint_creation created = { .path = names[i] };
		const struct checkpoint_entry entry = { .created = &created, .created_count = 1 };

		assert_refused(checkpoint_add(&s->checkpoints, CHECKPOINT_TEMPORARY, &entry),
			       ERR_CONFIG, "cannot be named in a checkpoint");
	}
	assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_TEMPORARY));
	(void)state;
}

static void change_for_good(const struct site *s, const char *text, const char *title)
{
	keep(s, CHECKPOINT_IN_PROGRESS, "a.conf", text);
	overwrite(s, "a.conf", text);
	assert_done(checkpoint_finish(&s->checkpoints, title));
}

static void rollback_goes_back_from_the_last(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	AUTO(checkpoint_report_release) struct checkpoint_report rest = { 0 };

	site_write(s, "a.conf", "0\n", 0644);
	AUTO(free) char *before = site_picture(s);

	change_for_good(s, "1\n", "One");
	change_for_good(s, "2\n", "Two"); /* in the same millisecond, perhaps */
	change_for_good(s, "3\n", "Three");
	assert_done(checkpoints_rollback(&s->checkpoints, 1, &report));
	AUTO(free) char *two = site_read(s, "a.conf");

	assert_string_equal(two, "2\n");
	assert_int_equal(report.checkpoints, 1);
	assert_done(checkpoints_rollback(&s->checkpoints, 9, &rest));
	AUTO(free) char *after = site_picture(s);

	assert_string_equal(after, before);
	assert_int_equal(rest.checkpoints, 2);
	assert_int_equal(rest.restored.count, 1);
	for (int i = 0; i < 2; i++) { /* by runs that do not tell the server */
		AUTO(checkpoint_report_release) struct checkpoint_report found = { 0 };

		assert_done(checkpoints_recover(&s->checkpoints, &found));
		assert_int_equal(found.checkpoints, 1);
		assert_int_equal(found.restored.count + found.removed.count, 0);
		assert_true(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	}
	assert_done(checkpoints_settle(&s->checkpoints));
	assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	(void)state;
}

/* An error at any call of the end: it is in progress still, for whoever undoes it. */
static void an_end_that_fails(void **state)
{
	struct err *e = NULL;
	int n = 0;

	do {
		AUTO(site_free) struct site *s = site_new();
		AUTO(strlist_release) struct strlist all = { 0 };

		site_write(s, "a.conf", "0\n", 0644);
		keep(s, CHECKPOINT_IN_PROGRESS, "a.conf", "1\n");
		err_ignore(e);
		faults = (struct faults){ .kind = FAULT_ERROR, .after = n++, .errnum = EIO };
		e = checkpoint_finish(&s->checkpoints, "One");
		faults = (struct faults){ 0 };
		assert_done(checkpoints_list(&s->checkpoints, &all));
		assert_int_equal(all.count, e == NULL);
		assert_int_equal(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS),
				 e != NULL);
	} while (e != NULL);
	assert_true(n > 3);
	(void)state;
}

/* It may include what was made for it: that stays, too, until it can be. */
static void a_file_that_cannot_be_restored(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	AUTO(checkpoint_report_release) struct checkpoint_report again = { 0 };
	AUTO(free) char *copy = fs_join(s->work, "temp_checkpoint/a.conf_0");
	AUTO(free) char *made = site_path(s, "made.conf");
	AUTO(free) char *away = site_path(s, "away");

	site_write(s, "a.conf", "old\n", 0644);
	AUTO(free) char *before = site_picture(s);

	keep(s, CHECKPOINT_TEMPORARY, "a.conf", "Include made.conf\n");
	register_new(s, CHECKPOINT_TEMPORARY, "made.conf");
	overwrite(s, "a.conf", "Include made.conf\n");
	overwrite(s, "made.conf", "new\n");
	assert_done(fs_rename(copy, away));
	assert_refused(checkpoints_recover(&s->checkpoints, &report), ERR_IO, "a.conf_0");
	assert_true(fs_exists(made));
	assert_done(fs_rename(away, copy));
	assert_done(checkpoints_recover(&s->checkpoints, &again));
	AUTO(free) char *after = site_picture(s);

	assert_string_equal(after, before);
	(void)state;
}

/* A clock that went back must not make an older checkpoint of the newest one. */
static void names_only_grow(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(free) char *future = fs_join(s->work, "backups/99999999990.5");
	AUTO(strlist_release) struct strlist all = { 0 };

	site_write(s, "a.conf", "0\n", 0644);
	assert_done(fs_mkdirs(future, 0755));
	change_for_good(s, "1\n", "One");
	assert_done(checkpoints_list(&s->checkpoints, &all));
	assert_int_equal(all.count, 2);
	assert_string_equal(all.items[1], "99999999991.0");
	(void)state;
}

/* A link's target is restored, and the link stays; what shares its inode keeps sharing it. */
static void links_stay_links(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	AUTO(free) char *real = site_path(s, "real.conf");
	AUTO(free) char *hard = site_path(s, "hard.conf");
	AUTO(free) char *link_path = site_path(s, "link.conf");

	site_write(s, "real.conf", "old\n", 0644);
	assert_int_equal(link(real, hard), 0);
	assert_done(fs_symlink("real.conf", link_path));
	AUTO(free) char *before = site_picture(s);

	keep(s, CHECKPOINT_IN_PROGRESS, "link.conf", "new\n");
	int fd = open(real, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, "new\n", 4), 4);
	(void)close(fd);
	assert_done(checkpoints_recover(&s->checkpoints, &report));
	AUTO(free) char *after = site_picture(s);

	assert_string_equal(after, before);
	(void)state;
}

static void undo_in_child(const struct site *s, int after, enum fault_kind kind)
{
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };

	faults = (struct faults){ .kind = kind, .after = after, .errnum = EIO };
	err_ignore(checkpoints_rollback(&s->checkpoints, 1, &report));
	_exit(faults.hit || faults.after >= 0 ? 0 : 1);
}

/* An error at any call of a rollback: what it says is done is done, the rest is done by the next one. */
static void a_rollback_that_fails(void **state)
{
	bool hit = true;

	for (int n = 0; hit; n++) {
		AUTO(site_free) struct site *s = site_new();
		AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };

		site_write(s, "a.conf", "0\n", 0644);
		AUTO(free) char *before = site_picture(s);

		change_for_good(s, "1\n", "One");
		faults = (struct faults){ .kind = FAULT_ERROR, .after = n, .errnum = EIO };
		struct err *e = checkpoints_rollback(&s->checkpoints, 1, &report);

		hit = faults.hit;
		faults = (struct faults){ 0 };
		if (e != NULL) {
			err_free(e);
			assert_done(checkpoints_rollback(&s->checkpoints, 1, &report));
		}
		AUTO(free) char *after = site_picture(s);

		if (strcmp(after, before) != 0)
			fail_msg("an error at call %d:\n%s", n, after);
		assert_true(n < 200);
	}
	(void)state;
}

/* kill -9 at each call of a rollback: the next recovery brings the rest back, and knows that the server was not told. */
static void killed_rollback_is_finished(void **state)
{
	bool killed = true;

	for (int n = 0; killed; n++) {
		AUTO(site_free) struct site *s = site_new();
		AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
		int status = 0;

		site_write(s, "a.conf", "0\n", 0644);
		AUTO(free) char *before = site_picture(s);

		register_new(s, CHECKPOINT_IN_PROGRESS, "new.conf");
		overwrite(s, "new.conf", "new\n");
		change_for_good(s, "1\n", "One");
		AUTO(free) char *changed = site_picture(s);
		pid_t pid = fork();

		if (pid == 0)
			undo_in_child(s, n, FAULT_KILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		killed = WIFSIGNALED(status);
		assert_done(checkpoints_recover(&s->checkpoints, &report));
		AUTO(free) char *after = site_picture(s);

		if (strcmp(after, before) != 0 && strcmp(after, changed) != 0)
			fail_msg("killed at call %d:\n%s", n, after);
		if (!killed)
			assert_string_equal(after, before);
		assert_int_equal(report.checkpoints, strcmp(after, before) == 0);
		assert_true(n < 200);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_is_certbots),
		cmocka_unit_test(recovery_restores_everything),
		cmocka_unit_test(what_a_challenge_holds_is_left_alone),
		cmocka_unit_test(names_that_certbot_would_split_are_refused),
		cmocka_unit_test(rollback_goes_back_from_the_last),
		cmocka_unit_test(an_end_that_fails),
		cmocka_unit_test(a_file_that_cannot_be_restored),
		cmocka_unit_test(names_only_grow),
		cmocka_unit_test(links_stay_links),
		cmocka_unit_test(a_rollback_that_fails),
		cmocka_unit_test(killed_rollback_is_finished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
