#include "check.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/lock.h"

static char root[] = "/tmp/test-lock-XXXXXX";
static char *lock_file;

static int make_root(void **state)
{
	(void)state;
	if (mkdtemp(root) == NULL)
		return -1;
	lock_file = fs_join(root, ".certbot.lock");
	return 0;
}

static int drop_root(void **state)
{
	(void)state;
	free(lock_file);
	return fs_remove_tree(root) == NULL ? 0 : -1;
}

/* 0: got it, 1: busy, and the holder is named, 2: else. */
static int try_lock(pid_t holder)
{
	AUTO(free) char *name = str_fmt("PID %ld, ", (long)holder);
	AUTO(lock_release) struct lock *l = NULL;
	AUTO(err_free) struct err *e = lock_acquire(&l, root);
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

	if (e == NULL)
		return 0;
	return e->code == ERR_BUSY && strstr(text, name) != NULL &&
			       str_starts(text, "Another instance of Certbot is already running.")
		     ? 1
		     : 2;
}

/* The lock belongs to the process: who wants it must be another one. */
static int in_other_process(void)
{
	int status = 0;
	pid_t us = getpid();
	pid_t pid = fork();

	if (pid == 0)
		_exit(try_lock(us));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void test_excludes_and_names_the_holder(void **state)
{
	AUTO(lock_release) struct lock *l = NULL;
	struct stat st;

	(void)state;
	assert_done(lock_acquire(&l, root));
	assert_int_equal(stat(lock_file, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(in_other_process(), 1);
	lock_release(MOVE(l));
	assert_false(fs_exists(lock_file));
	assert_int_equal(in_other_process(), 0);
}

static void test_stale_file_is_harmless(void **state)
{
	AUTO(lock_release) struct lock *l = NULL;

	(void)state;
	assert_done(fs_replace(lock_file, "", 0, 0600, false));
	assert_done(lock_acquire(&l, root));
}

static void test_missing_directory(void **state)
{
	struct lock *l = NULL;

	(void)state;
	assert_refused(lock_acquire(&l, "/nowhere/at/all"), ERR_IO,
		       "opening the lock file /nowhere/at/all/.certbot.lock");
	assert_null(l);
	lock_release(NULL);
}

static void test_command_line(void **state)
{
	AUTO(free) char *own = process_command_line(getpid());
	AUTO(free) char *none = process_command_line(0x7fffffff);

	(void)state;
	assert_non_null(strstr(own, "test_base_lock"));
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_excludes_and_names_the_holder),
		cmocka_unit_test(test_stale_file_is_harmless),
		cmocka_unit_test(test_missing_directory),
		cmocka_unit_test(test_command_line),
	};

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
