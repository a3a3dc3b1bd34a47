#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "srv/mention.h"

static void test_what_names_a_file_of_it(void **state)
{
	char dir[] = "/tmp/test_mention_XXXXXX";
	AUTO(strlist_release) struct strlist dirs = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	AUTO(free) char *live = fs_join(dir, "live"), *file = fs_join(live, "cert.pem");
	AUTO(free) char *longer = str_fmt("%s-0001/cert.pem", live), *link = fs_join(dir, "link");

	assert_done(fs_mkdirs(live, 0755));
	assert_done(fs_replace(file, "x", 1, 0644, false));
	assert_int_equal(symlink(file, link), 0);
	strlist_add(&dirs, "/archive");
	strlist_add(&dirs, live);
	const struct mentions m = { .dirs = &dirs };

	assert_true(mention_is(&m, "/etc", file, false));
	assert_true(mention_is(&m, dir, "live/cert.pem", false));
	assert_true(mention_is(&m, "/", "archive/cert1.pem", false));
	assert_false(mention_is(&m, "/etc", live, false));
	assert_false(mention_is(&m, "/etc", longer, false));
	assert_true(mention_is(&m, "/etc", link, true));
	assert_false(mention_is(&m, "/etc", link, false));
	assert_done(fs_remove_tree(dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_what_names_a_file_of_it) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
