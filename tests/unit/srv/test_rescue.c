/* What a server does not load its configuration without is left where it is by an undo. */
#include "client/faults.h"
#include "srv/site.h"

#include <string.h>
#include <sys/wait.h>

#include "srv/change.h"
#include "srv/webserver.h"

static const char *const test_argv[] = { "server", "-t", NULL };
static const struct webserver server = { .test = test_argv };

static bool has(const struct site *s, const char *name, const char *word)
{
	AUTO(free) char *text = site_read(s, name);

	return text != NULL && strstr(text, word) != NULL;
}

/* "need WORD of FILE" or "lack WORD in FILE", a line each, in the file that somebody wrote by hand. */
static bool loads(const struct site *s)
{
	AUTO(free) char *text = site_read(s, "z.conf");
	AUTO(strlist_release) struct strlist lines = { 0 };
	bool all = true;

	strlist_split(&lines, text != NULL ? text : "", '\n');
	for (size_t i = 0; i < lines.count; i++) {
		AUTO(strlist_release) struct strlist words = { 0 };

		strlist_split(&words, lines.items[i], ' ');
		all &= words.count < 4 ||
		       has(s, words.items[3], words.items[1]) == streq(words.items[0], "need");
	}
	return all;
}

/* Modules are files. */
static bool act(struct site *s, const char *line)
{
	AUTO(free) char *path = site_path(s, strrchr(line, ' ') + 1);

	if (str_starts(line, "a2enmod "))
		assert_done(fs_replace(path, "module\n", 7, 0644, false));
	if (str_starts(line, "a2dismod "))
		assert_done(fs_unlink(path));
	return !str_starts(line, "server") || loads(s);
}

static void enable(struct change *c, const char *module)
{
	const char *on[] = { "a2enmod", module, NULL };
	const char *off[] = { "a2dismod", "-f", module, NULL };

	change_run(c, on, off);
}

/* One of each kind: two files, two that are made, a link, two modules. */
static struct site *changed(void)
{
	static const char *const edited[] = { "main.conf", "a.conf" }, *const made[] = {
		"made.conf", "more.conf"
	};
	struct site *s = site_new();
	AUTO(change_free) struct change *c = change_new();
	AUTO(buf_release) struct buf old = text_buf("old\n");
	AUTO(buf_release) struct buf fresh = text_buf("old\nfresh\n");
	AUTO(free) char *link = site_path(s, "link.conf");

	s->act = act;
	s->checkpoints.server = &server;
	for (size_t i = 0; i < ARRAY_LEN(edited); i++) {
		AUTO(free) char *path = site_path(s, edited[i]);
		AUTO(free) char *other = site_path(s, made[i]);

		site_write(s, edited[i], "old\n", 0644);
		change_edit(c, path, &old, &fresh);
		change_create(c, other, &fresh, 0640);
	}
	change_link(c, link, "made.conf");
	enable(c, "one");
	enable(c, "two");
	assert_done(change_write(c, &s->checkpoints, CHECKPOINT_IN_PROGRESS));
	return s;
}

static void write_by_hand(const struct site *s, const char *text)
{
	AUTO(free) char *path = site_path(s, "z.conf");

	assert_done(fs_replace(path, text, strlen(text), 0644, false));
}

static char *names(const struct site *s)
{
	AUTO(strlist_release) struct strlist all = { 0 };

	assert_done(fs_list(&all, s->conf));
	return strlist_join(&all, " ");
}

/* What stays is said in one line, with the server's words; all else is as it was. */
static void what_is_needed_stays(void **state)
{
	static const struct {
		const char *by_hand, *left, *told;
	} cases[] = {
		{ "", "a.conf main.conf z.conf", NULL },
		{ "need module of two\n", "a.conf main.conf two z.conf",
		  "what `a2enmod two` did stays" },
		{ "need module of one\n", "a.conf main.conf one z.conf",
		  "what `a2enmod one` did stays" },
		{ "need fresh of main.conf\n", "a.conf main.conf z.conf",
		  "main.conf keeps what signet had written" },
		{ "need fresh of made.conf\n", "a.conf made.conf main.conf z.conf",
		  "made.conf stays" },
		{ "need fresh of link.conf\n", "a.conf link.conf made.conf main.conf z.conf",
		  "link.conf stays" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(site_free) struct site *s = changed();
		AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };

		write_by_hand(s, cases[i].by_hand);
		assert_done(checkpoints_recover(&s->checkpoints, &r));
		AUTO(free) char *left = names(s);
		AUTO(free) char *told = strlist_join(&r.complaints, "\n");

		assert_string_equal(left, cases[i].left);
		assert_true(loads(s));
		assert_false(has(s, "a.conf", "fresh"));
		assert_int_equal(r.complaints.count, i == 0 ? 0 : i == 5 ? 2 : 1);
		if (i > 0)
			assert_non_null(strstr(told, cases[i].told));
		if (i > 0)
			assert_non_null(strstr(told, "unknown directive in line 3"));
		assert_int_equal(r.restored.count, i == 3 ? 1 : 2);
		assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	}
	(void)state;
}

static void edit_by_hand(const struct site *s, const char *name, const char *text)
{
	AUTO(free) char *path = site_path(s, name);

	assert_done(fs_replace(path, text, strlen(text), 0644, false));
}

/* Killed when it was removed already: nobody may read more of it than before. */
static void what_is_made_again_has_its_mode(void **state)
{
	static const bool was_removed[] = { false, true };

	for (size_t i = 0; i < ARRAY_LEN(was_removed); i++) {
		AUTO(site_free) struct site *s = changed();
		AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };
		AUTO(free) char *path = site_path(s, "made.conf");
		struct stat st;

		write_by_hand(s, "need fresh of made.conf\n");
		if (was_removed[i])
			assert_done(fs_unlink(path));
		assert_done(checkpoints_recover(&s->checkpoints, &r));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
	}
	(void)state;
}

/* What both have changed stays if the server takes it; else that file is as it was before both, and the others keep what is theirs. */
static void what_is_disputed_stays_if_it_loads(void **state)
{
	static const char refresh[] = "old\nrefresh\nmine\n";
	static const struct {
		const char *by_hand, *a, *told;
	} cases[] = {
		{ "", refresh, "a.conf:2-3 is what signet had written" },
		{ "need old-and-nothing-else of a.conf\n", refresh,
		  "a.conf:2-3 is what signet had written" },
		{ "lack refresh in a.conf\n", "old\n",
		  "a.conf was edited by somebody in the place" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(site_free) struct site *s = changed();
		AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };

		write_by_hand(s, cases[i].by_hand);
		edit_by_hand(s, "a.conf", refresh);
		edit_by_hand(s, "main.conf", "mine\nold\nfresh\n");
		assert_done(checkpoints_recover(&s->checkpoints, &r));
		AUTO(free) char *a = site_read(s, "a.conf");
		AUTO(free) char *other = site_read(s, "main.conf");
		AUTO(free) char *told = strlist_join(&r.complaints, "\n");

		assert_string_equal(a, cases[i].a);
		assert_string_equal(other, "mine\nold\n");
		assert_non_null(strstr(told, cases[i].told));
		assert_non_null(strstr(told, "signet/edited/a.conf."));
	}
	(void)state;
}

/* Nothing of ours would help: it is undone, and no later run has to do with it. */
static void what_loads_neither_way_is_undone(void **state)
{
	AUTO(site_free) struct site *s = changed();
	AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };

	write_by_hand(s, "need word of nothing\nneed module of one\n");
	s->checkpoints.server = NULL; /* as noted */
	assert_done(checkpoints_recover(&s->checkpoints, &r));
	AUTO(free) char *left = names(s);

	assert_string_equal(left, "a.conf main.conf z.conf");
	assert_int_equal(r.complaints.count, 1);
	assert_non_null(strstr(
		r.complaints.items[0],
		"does not load its configuration: server (status 1): unknown directive in line 3"));
	assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	(void)state;
}

/* Of a checkpoint that Certbot made. */
static void what_enabled_a_module_is_known(void **state)
{
	AUTO(site_free) struct site *s = changed();
	AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };
	AUTO(free) char *note = fs_join(s->work, "IN_PROGRESS/COMMANDS.run");

	write_by_hand(s, "need module of one\n");
	assert_true(fs_exists(note));
	assert_done(fs_unlink(note));
	assert_done(checkpoints_recover(&s->checkpoints, &r));
	AUTO(free) char *left = names(s);

	assert_string_equal(left, "a.conf main.conf one z.conf");
	(void)state;
}

/* That keeps no later run from its work. */
static void what_is_needed_and_cannot_be_had(void **state)
{
	AUTO(site_free) struct site *s = changed();
	AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };

	write_by_hand(s, "need module of one\n");
	s->missing = "a2enmod";
	s->checkpoints.server = NULL;
	assert_done(checkpoints_recover(&s->checkpoints, &r));
	AUTO(free) char *left = names(s);
	AUTO(free) char *told = strlist_join(&r.complaints, "\n");

	assert_string_equal(left, "a.conf main.conf z.conf");
	assert_non_null(strstr(told, "does not load its configuration"));
	assert_false(checkpoint_exists(&s->checkpoints, CHECKPOINT_IN_PROGRESS));
	(void)state;
}

static void a_server_that_is_gone_is_not_asked(void **state)
{
	AUTO(site_free) struct site *s = changed();
	AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };

	write_by_hand(s, "need module of one\n");
	s->missing = "server";
	assert_done(checkpoints_recover(&s->checkpoints, &r));
	AUTO(free) char *left = names(s);

	assert_string_equal(left, "a.conf main.conf z.conf");
	assert_int_equal(r.complaints.count, 0);
	(void)state;
}

/* A program that is not there will never run; one that could not be run now is run by whoever comes next. */
static void an_undo_that_cannot_be_run(void **state)
{
	static const char *const gone[] = { "/nowhere/off", NULL }, *const there[] = { "/bin/sh",
										       NULL };

	for (size_t i = 0; i < 2; i++) {
		AUTO(site_free) struct site *s = site_new();
		AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };
		AUTO(checkpoint_report_release) struct checkpoint_report again = { 0 };
		const struct checkpoint_entry entry = { .undo = i == 0 ? gone : there };

		assert_done(checkpoint_add(&s->checkpoints, CHECKPOINT_IN_PROGRESS, &entry));
		s->missing = "/";
		struct err *e = checkpoints_recover(&s->checkpoints, &r);

		assert_int_equal(e != NULL, i == 1);
		err_ignore(e);
		assert_int_equal(r.complaints.count, i == 0);
		s->missing = NULL;
		assert_done(checkpoints_recover(&s->checkpoints, &again));
		assert_int_equal(s->ran.count, i + 1);
	}
	(void)state;
}

static void recover_in_child(const struct site *s, int after)
{
	AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };

	faults = (struct faults){ .kind = FAULT_KILL, .after = after };
	err_ignore(checkpoints_recover(&s->checkpoints, &r));
	_exit(0);
}

/* kill -9 at each call: whoever comes next ends where one would have that was not killed. */
static void killed_while_it_finds_out(void **state)
{
	bool killed = true;
	int n = 0;

	for (; killed; n += 13) {
		AUTO(site_free) struct site *s = changed();
		AUTO(checkpoint_report_release) struct checkpoint_report r = { 0 };
		int status = 0;

		write_by_hand(
			s,
			"need module of one\nneed fresh of main.conf\nneed fresh of made.conf\n");
		pid_t pid = fork();

		if (pid == 0)
			recover_in_child(s, n);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		killed = WIFSIGNALED(status);
		assert_done(checkpoints_recover(&s->checkpoints, &r));
		AUTO(free) char *left = names(s);

		if (!streq(left, "a.conf made.conf main.conf one z.conf") || !loads(s) ||
		    has(s, "a.conf", "fresh"))
			fail_msg("killed at call %d: %s", n, left);
	}
	assert_true(n > 30);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_needed_stays),
		cmocka_unit_test(what_is_made_again_has_its_mode),
		cmocka_unit_test(what_is_disputed_stays_if_it_loads),
		cmocka_unit_test(what_loads_neither_way_is_undone),
		cmocka_unit_test(what_enabled_a_module_is_known),
		cmocka_unit_test(what_is_needed_and_cannot_be_had),
		cmocka_unit_test(a_server_that_is_gone_is_not_asked),
		cmocka_unit_test(an_undo_that_cannot_be_run),
		cmocka_unit_test(killed_while_it_finds_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
