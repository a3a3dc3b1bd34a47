#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"

static unsigned modes_by_path;

/* In libc's place. */
int chmod(const char *path, mode_t mode)
{
	modes_by_path++;
	return fchmodat(AT_FDCWD, path, mode, 0);
}

static char root[] = "/tmp/test-fs-XXXXXX";

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) != NULL && chdir(root) == 0 ? 0 : -1;
}

static int drop_root(void **state)
{
	(void)state;
	return fs_remove_tree(root) == NULL ? 0 : -1;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void expect_text(const char *path, const char *text)
{
	AUTO(free) char *read = NULL;
	size_t len = 0;

	assert_done(fs_read(&read, &len, path, 100));
	assert_string_equal(read, text);
	assert_int_equal(len, strlen(text));
}

static void expect_names(const char *dir, const char *names)
{
	AUTO(strlist_release) struct strlist l = { 0 };

	assert_done(fs_list(&l, dir));
	AUTO(free) char *joined = strlist_join(&l, " ");

	assert_string_equal(joined, names);
}

static void test_paths(void **state)
{
	static const struct {
		const char *dir, *name, *joined;
	} joins[] = {
		{ "/a", "b", "/a/b" }, { "/a/", "b", "/a/b" },   { "/", "b", "/b" },
		{ "a", "/b", "a/b" },  { "/a/", "//b", "/a/b" },
	};
	static const struct {
		const char *path, *absolute;
	} rows[] = {
		{ "/", "/" },          { "/a/b", "/a/b" },
		{ "//a//b/", "/a/b" }, { "/a/./b/../c", "/a/c" },
		{ "/../..", "/" },     { "/a/../../b", "/b" },
		{ "/a/..", "/" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(joins); i++) {
		AUTO(free) char *joined = fs_join(joins[i].dir, joins[i].name);

		assert_string_equal(joined, joins[i].joined);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *absolute = fs_absolute(rows[i].path);

		assert_string_equal(absolute, rows[i].absolute);
	}
	AUTO(free) char *here = fs_absolute("x/../y");
	AUTO(free) char *wanted = fs_join(root, "y");

	assert_string_equal(here, wanted);
}

static void test_create(void **state)
{
	mode_t old = umask(077);

	(void)state;
	assert_done(fs_create("new", "text", 4, 0644));
	umask(old);
	expect_text("new", "text");
	assert_int_equal(mode_of("new"), 0644);
	assert_refused(fs_create("new", "other", 5, 0600), ERR_IO, "creating new: File exists");
	expect_text("new", "text");
	assert_int_equal(symlink("elsewhere", "link"), 0);
	assert_refused(fs_create("link", "x", 1, 0600), ERR_IO, "link");
	assert_false(fs_exists("elsewhere"));
	assert_refused(fs_create("no/dir", "x", 1, 0600), ERR_IO, "no/dir");
}

static void test_replace(void **state)
{
	(void)state;
	assert_done(fs_mkdir("r", 0755, NULL));
	assert_done(fs_replace("r/f", "one", 3, 0640, true));
	assert_int_equal(mode_of("r/f"), 0640);
	assert_done(fs_replace("r/f", "two", 3, 0600, true));
	assert_int_equal(mode_of("r/f"), 0640);
	assert_done(fs_replace("r/f", "three", 5, 0600, false));
	assert_int_equal(mode_of("r/f"), 0600);
	expect_text("r/f", "three");
	expect_names("r", "f");
	assert_refused(fs_replace("r/no/f", "x", 1, 0600, false), ERR_IO, "replacing r/no/f");
	/* what a killed run left is no obstacle */
	assert_done(fs_create("r/.f.signet-new", "junk", 4, 0600));
	assert_done(fs_replace("r/f", "four", 4, 0600, true));
	expect_names("r", "f");
	/* a directory cannot be replaced, and nothing is left */
	assert_done(fs_mkdirs("r/d/e", 0755));
	assert_refused(fs_replace("r/d", "x", 1, 0600, false), ERR_IO, "r/d");
	expect_names("r", "d f");
}

/* Whoever owns the directory may put a link to anything in the place of the new file's name. */
static void test_replace_trusts_no_name(void **state)
{
	(void)state;
	assert_done(fs_mkdir("n", 0755, NULL));
	assert_done(fs_replace("n/f", "one", 3, 0640, true));
	modes_by_path = 0;
	assert_done(fs_replace("n/f", "two", 3, 0600, true));
	assert_int_equal(mode_of("n/f"), 0640);
	assert_int_equal(modes_by_path, 0);
}

static void test_read(void **state)
{
	AUTO(free) char *text = NULL;
	size_t len = 0;

	(void)state;
	assert_done(fs_create("bytes", "a\0b", 3, 0600));
	assert_done(fs_read(&text, &len, "bytes", 3));
	assert_int_equal(len, 3);
	assert_memory_equal(text, "a\0b", 4);
	char *kept = text;

	assert_refused(fs_read(&text, &len, "bytes", 2), ERR_LIMIT, "bytes is larger than 2 bytes");
	assert_refused(fs_read(&text, &len, "none", 2), ERR_IO, "opening none: No such file");
	assert_refused(fs_read(&text, &len, ".", 2), ERR_IO, "reading .: Is a directory");
	assert_ptr_equal(text, kept);
	AUTO(free) char *none = xstrdup("x");
	char *old = none;

	assert_done(fs_read_if_exists(&none, NULL, "none", 2));
	free(old);
	assert_null(none);
	assert_done(fs_read_if_exists(&none, NULL, "bytes/none", 2));
	assert_null(none);
	AUTO(free) char *status = NULL; /* files of /proc have the size 0 */

	assert_done(fs_read(&status, &len, "/proc/self/status", 100000));
	assert_true(len > 100);
}

/* A pipe in a file's place is refused at once, whether somebody writes to it or not. */
static void test_pipe_is_no_file(void **state)
{
	AUTO(free) char *text = NULL;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_refused(fs_read(&text, NULL, "pipe", 100), ERR_IO, "pipe is not a regular file");
	assert_done(fs_read(&text, NULL, "/dev/null", 100));
	assert_string_equal(text, "");
	assert_int_equal(unlink("pipe"), 0);
}

static void test_directories(void **state)
{
	bool created = false;

	(void)state;
	assert_done(fs_mkdirs("m/n/o", 0700));
	assert_int_equal(mode_of("m/n"), 0700);
	assert_done(fs_mkdirs("m/n/o", 0755));
	assert_int_equal(mode_of("m/n/o"), 0700);
	assert_done(fs_mkdir("m/p", 0755, &created));
	assert_true(created);
	assert_done(fs_mkdir("m/p", 0700, &created));
	assert_false(created);
	assert_int_equal(mode_of("m/p"), 0755);
	assert_done(fs_create("m/file", "", 0, 0600));
	assert_refused(fs_mkdir("m/file", 0755, NULL), ERR_IO, "m/file");
	assert_refused(fs_mkdirs("m/file/x", 0755), ERR_IO, "m/file");
	assert_done(fs_sync_dir("m"));
	assert_refused(fs_sync_dir("m/file"), ERR_IO, "m/file");
	expect_names("m", "file n p");
	expect_names("nowhere", "");
	assert_true(fs_is_dir("m") && !fs_is_dir("m/file") && !fs_is_dir("none"));
}

static void test_links(void **state)
{
	AUTO(free) char *target = NULL;

	(void)state;
	assert_done(fs_symlink("../archive/a1", "l"));
	assert_true(fs_is_link("l") && !fs_exists("l"));
	assert_done(fs_readlink(&target, "l"));
	assert_string_equal(target, "../archive/a1");
	free(target);
	target = NULL;
	assert_done(fs_readlink(&target, "."));
	assert_null(target);
	assert_done(fs_readlink(&target, "none"));
	assert_null(target);
	assert_refused(fs_symlink("x", "l"), ERR_IO, "File exists");
}

static void test_exchange(void **state)
{
	bool done = false;

	(void)state;
	assert_done(fs_create("x1", "1", 1, 0600));
	assert_done(fs_create("x2", "2", 1, 0600));
	assert_done(fs_exchange("x1", "x2", &done));
	expect_text("x1", done ? "2" : "1");
	expect_text("x2", done ? "1" : "2");
	assert_refused(fs_exchange("x1", "none", &done), ERR_IO, "exchanging x1 and none");
	assert_done(fs_rename("x1", "x3"));
	assert_refused(fs_rename("x1", "x3"), ERR_IO, "renaming x1 to x3");
}

static void test_remove(void **state)
{
	(void)state;
	assert_done(fs_mkdirs("t/u/v", 0755));
	assert_done(fs_mkdirs("outside", 0755));
	assert_done(fs_create("outside/file", "x", 1, 0600));
	assert_done(fs_symlink("../../outside", "t/u/link"));
	assert_refused(fs_rmdir("t"), ERR_IO, "removing directory t");
	assert_done(fs_remove_tree("t"));
	assert_false(fs_exists("t"));
	assert_true(fs_exists("outside/file"));
	assert_done(fs_remove_tree("t"));
	assert_done(fs_unlink("t"));
	assert_done(fs_rmdir("t"));
	assert_refused(fs_unlink("outside"), ERR_IO, "removing outside");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),       cmocka_unit_test(test_create),
		cmocka_unit_test(test_replace),     cmocka_unit_test(test_replace_trusts_no_name),
		cmocka_unit_test(test_read),        cmocka_unit_test(test_pipe_is_no_file),
		cmocka_unit_test(test_directories), cmocka_unit_test(test_links),
		cmocka_unit_test(test_exchange),    cmocka_unit_test(test_remove),
	};

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
