/* Somebody who owns the web root swaps a directory that was just made for a link: it is not followed. */
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "plugins/webroot_place.h"

static char root[] = "/tmp/test-race-XXXXXX";

/* Stands before the system's: makes the directory, then does what the attacker would do. */
int mkdirat(int dir, const char *name, mode_t mode)
{
	int made = (int)syscall(SYS_mkdirat, dir, name, mode);

	if (streq(name, ".well-known")) {
		assert_int_equal(unlinkat(dir, name, AT_REMOVEDIR), 0);
		assert_int_equal(symlinkat("../victim", dir, name), 0);
	}
	return made;
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(root) != NULL && chdir(root) == 0 && mkdir("www", 0755) == 0 && mkdir("victim", 0700) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return fs_remove_tree(root) == NULL ? 0 : -1;
}

static void test_swapped_directory_is_refused(void **state)
{
	AUTO(place_release) struct place p = { .root = fs_join(root, "www") };
	AUTO(strlist_release) struct strlist bodies = { 0 };
	AUTO(strlist_release) struct strlist found = { 0 };
	struct err *warning = NULL;
	struct stat st;

	(void)state;
	strlist_add(&p.tokens, "token");
	strlist_add(&bodies, "body");
	assert_done(place_plan(&p));
	assert_refused(place_fill(&p, &bodies, &warning), ERR_PERMISSION, ".well-known");
	assert_null(warning);
	assert_done(fs_list(&found, "victim"));
	assert_int_equal(found.count, 0);
	assert_int_equal(stat("victim", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_swapped_directory_is_refused) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
