/* SQLite: when its syncs wait, its syncs fail, its files cannot grow. */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "asks.h"
#include "base/fs.h"
#include "base/limits.h"
#include "bench.h"
#include "hooks.h"
#include "suites.h"

/* No answer before the sync; what comes while it runs shares the next one. */
static void test_group_commit(void **state)
{
	struct bench *b = *state;
	size_t many = LIMIT_STORE_BATCH;

	ask_account(b, "warm", "[]");
	bench_wait(b, 1);
	hook_close_gate();
	size_t before = hook_syncs();

	ask_account(b, "first", "[]");
	hook_wait_at_gate();
	ask_accounts(b, many);
	event_base_loop(b->base, EVLOOP_NONBLOCK);
	assert_int_equal(b->answers, 0);
	hook_open_gate();
	bench_wait(b, many + 1);
	assert_int_equal(hook_syncs() - before, 2);
	assert_int_equal(b->answer.outcome, STORE_DONE);
}

/* Reads do not wait for a writer. */
static void test_read_beside_write(void **state)
{
	struct bench *b = *state;

	bench_account(b, "t1");
	hook_close_gate();
	ask_account(b, "t2", "[]");
	hook_wait_at_gate();
	assert_there(b, "t1", true);
	assert_there(b, "t2", false);
	hook_open_gate();
	bench_wait(b, 1);
	assert_there(b, "t2", true);
}

static void test_failing_sync(void **state)
{
	struct bench *b = *state;

	bench_account(b, "t1");
	hook_fail_syncs(1000);
	ask_account(b, "t2", "[]");
	bench_wait(b, 1);
	hook_fail_syncs(0);
	assert_busy(b);
	assert_there(b, "t2", false);
	assert_there(b, "t1", true);
	hook_fail_syncs(1);
	bench_account(b, "t2"); /* the second attempt */
	assert_there(b, "t2", true);
}

/* As a full disk: files cannot grow beyond the limit. */
static void test_disk_full(void **state)
{
	struct bench *b = *state;
	struct tally t = { 0 };
	struct rlimit before, small;
	size_t size = 8 * 1024 * 1024;

	AUTO(free) char *large = xmalloc(size + 1);

	memset(large, 'x', size);
	large[size] = '\0';
	(void)sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 4 * 1024 * 1024;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	hook_close_gate();
	ask_account(b, "first", "[]");
	hook_wait_at_gate();
	hook_open_gate();
	bench_wait(b, 1);
	ask_one_bad_of_nine(b, &t, large);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	tallied_account(b, &t, "nine4", large); /* there is room again */
	while (t.done < 9)
		event_base_loop(b->base, EVLOOP_ONCE);
	assert_there(b, "nine4", true);
}

/* Nothing is promised of a file that nobody will find again, and none is made in its place. */
static void test_file_gone(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *path = fs_join(b->place, "ca.db");
	AUTO(free) char *aside = fs_join(b->place, "aside");

	bench_account(b, "t1");
	assert_int_equal(rename(path, aside), 0);
	ask_account(b, "t2", "[]");
	bench_wait(b, 1);
	assert_busy(b);
	store_account_by_thumbprint(b->store, bench_ask(b), "t1"); /* over a new connection */
	bench_wait(b, 1);
	assert_busy(b);
	assert_false(fs_exists(path));
	assert_int_equal(rename(aside, path), 0);
	bench_account(b, "t2");
	assert_there(b, "t1", true);
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_group_commit), BENCH_TEST(test_read_beside_write),
	BENCH_TEST(test_failing_sync), BENCH_TEST(test_disk_full),
	BENCH_TEST(test_file_gone),
};

const struct suite suite_files = { "files", tests, ARRAY_LEN(tests) };
