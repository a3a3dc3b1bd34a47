/* The debug log file: format, rotation, and what happens when it cannot be written (certbot.md 4.3). */
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/ui/log.h"

static char root[] = "/tmp/test-log-XXXXXX";

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) != NULL && setenv("TMPDIR", root, 1) == 0 &&
			       setenv("TZ", "XYZ-2", 1) == 0
		     ? 0
		     : -1;
}

static int drop_root(void **state)
{
	(void)state;
	return fs_remove_tree(root) == NULL ? 0 : -1;
}

static char *fresh_dir(const char *name)
{
	char *dir = fs_join(root, name);

	assert_done(fs_mkdir(dir, 0700, NULL));
	return dir;
}

static char *text_of(const char *dir, const char *name)
{
	AUTO(free) char *path = fs_join(dir, name);
	char *text = NULL;

	assert_done(fs_read_if_exists(&text, NULL, path, LIMIT_MIB(8)));
	return text;
}

static void expect_names(const char *dir, const char *names)
{
	AUTO(strlist_release) struct strlist l = { 0 };

	assert_done(fs_list(&l, dir));
	AUTO(free) char *joined = strlist_join(&l, " ");

	assert_string_equal(joined, names);
}

static void run(const char *dir, int64_t max_backups, const char *text)
{
	AUTO(log_release) struct log l;

	log_init(&l);
	assert_done(log_open(&l, dir, max_backups));
	log_write(&l, 1795302586024, "DEBUG", "order.created", text);
}

static void test_format(void **state)
{
	AUTO(free) char *dir = fresh_dir("format");

	(void)state;
	run(dir, 10, "two\nlines");
	AUTO(free) char *text = text_of(dir, "letsencrypt.log");

	assert_string_equal(
		text, "2026-11-22 01:09:46,024:DEBUG:order.created:two\nlines\n"); /* local time */
}

static void test_what_came_before_is_written_first(void **state)
{
	AUTO(free) char *dir = fresh_dir("before");
	AUTO(log_release) struct log l;

	(void)state;
	log_init(&l);
	log_write(&l, 0, "INFO", "info", "early");
	assert_done(log_open(&l, dir, 10));
	log_write(&l, 0, "INFO", "info", "late");
	AUTO(free) char *text = text_of(dir, "letsencrypt.log");

	assert_string_equal(
		text,
		"1970-01-01 02:00:00,000:INFO:info:early\n1970-01-01 02:00:00,000:INFO:info:late\n");
}

static void test_rotation(void **state)
{
	AUTO(free) char *dir = fresh_dir("rotation");

	(void)state;
	for (int i = 1; i <= 5; i++) {
		AUTO(free) char *text = str_fmt("run %d", i);

		run(dir, 3, text);
	}
	expect_names(dir, "letsencrypt.log letsencrypt.log.1 letsencrypt.log.2 letsencrypt.log.3");
	AUTO(free) char *newest = text_of(dir, "letsencrypt.log");
	AUTO(free) char *oldest = text_of(dir, "letsencrypt.log.3");

	assert_non_null(strstr(newest, "run 5"));
	assert_non_null(strstr(oldest, "run 2"));
}

static void test_a_gap_is_filled(void **state)
{
	AUTO(free) char *dir = fresh_dir("gap");
	AUTO(free) char *third = fs_join(dir, "letsencrypt.log.3");

	(void)state;
	assert_done(fs_create(third, "three", 5, 0600));
	run(dir, 9, "one");
	run(dir, 9, "two");
	expect_names(dir, "letsencrypt.log letsencrypt.log.1 letsencrypt.log.3");
	AUTO(free) char *text = text_of(dir, "letsencrypt.log.3");

	assert_string_equal(text, "three");
}

static void test_no_backups_appends(void **state)
{
	AUTO(free) char *dir = fresh_dir("append");

	(void)state;
	run(dir, 0, "one");
	run(dir, 0, "two");
	expect_names(dir, "letsencrypt.log");
	AUTO(free) char *text = text_of(dir, "letsencrypt.log");

	assert_true(strstr(text, "one") != NULL && strstr(text, "two") != NULL);
}

static void test_a_long_run_rotates_too(void **state)
{
	AUTO(free) char *dir = fresh_dir("long");
	AUTO(free) char *big = xcalloc(LIMIT_KIB(600) + 1, 1);
	AUTO(log_release) struct log l;

	(void)state;
	memset(big, 'x', LIMIT_KIB(600));
	log_init(&l);
	assert_done(log_open(&l, dir, 10));
	log_write(&l, 0, "DEBUG", "http", big);
	log_write(&l, 0, "DEBUG", "http", big);
	expect_names(dir, "letsencrypt.log letsencrypt.log.1");
}

static void test_a_full_disk_stops_the_log_only(void **state)
{
	AUTO(free) char *dir = fresh_dir("full");
	const struct rlimit small = { 200, RLIM_INFINITY };
	const struct rlimit whole = { RLIM_INFINITY, RLIM_INFINITY };
	AUTO(free) char *big = xcalloc(1001, 1);
	AUTO(log_release) struct log l;

	(void)state;
	memset(big, 'x', 1000);
	log_init(&l);
	assert_done(log_open(&l, dir, 10));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	log_write(&l, 0, "DEBUG", "http", big);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
	log_write(&l, 0, "DEBUG", "http", "after");
	AUTO(free) char *text = text_of(dir, "letsencrypt.log");

	assert_int_equal(strlen(text), 200);
}

static void test_a_directory_that_is_not_there_is_named(void **state)
{
	AUTO(log_release) struct log l;

	(void)state;
	log_init(&l);
	assert_refused(log_open(&l, "/nowhere/logs", 5), ERR_IO, "/nowhere/logs");
}

static void test_temporary_log(void **state)
{
	AUTO(log_release) struct log l;
	struct stat st;

	(void)state;
	log_init(&l);
	log_write(&l, 0, "ERROR", "failed", "early trouble");
	const char *path = log_keep_temporary(&l);

	assert_non_null(path);
	AUTO(free) char *prefix = fs_join(root, "certbot-log-");

	assert_true(str_starts(path, prefix) && str_ends(path, "/log"));
	assert_int_equal(strlen(path), strlen(prefix) + 8 + strlen("/log"));
	assert_false(str_starts(path + strlen(prefix), "XX"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	AUTO(free) char *text = NULL;

	assert_done(fs_read(&text, NULL, path, 1000));
	assert_non_null(strstr(text, "ERROR:failed:early trouble\n"));
}

/* Whoever asks where to read on is not sent to a file that is not there. */
static void test_log_that_cannot_be_opened_has_no_path(void **state)
{
	AUTO(log_release) struct log l;
	AUTO(free) char *dir = fs_join(root, "taken");
	AUTO(free) char *path = fs_join(dir, "letsencrypt.log");

	(void)state;
	assert_done(fs_mkdirs(path, 0700));
	log_init(&l);
	log_write(&l, 0, "ERROR", "failed", "kept");
	assert_refused(log_open(&l, dir, 0), ERR_IO, path);
	assert_null(l.path);
	assert_non_null(log_keep_temporary(&l));
	AUTO(free) char *text = NULL;

	assert_done(fs_read(&text, NULL, l.path, 1000));
	assert_non_null(strstr(text, "ERROR:failed:kept\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_what_came_before_is_written_first),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_a_gap_is_filled),
		cmocka_unit_test(test_no_backups_appends),
		cmocka_unit_test(test_a_long_run_rotates_too),
		cmocka_unit_test(test_a_full_disk_stops_the_log_only),
		cmocka_unit_test(test_a_directory_that_is_not_there_is_named),
		cmocka_unit_test(test_temporary_log),
		cmocka_unit_test(test_log_that_cannot_be_opened_has_no_path),
	};

	/* a write above the limit is an error, not the end */
	(void)sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	return cmocka_run_group_tests(tests, make_root, drop_root);
}
