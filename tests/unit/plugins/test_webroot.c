/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/fake_client.h"
#include "plugins/plugins.h"

struct bench {
	char *dir; /* of the test; www/ and www2/ are web roots, work/ the work directory */
	struct ui ui;
	struct options opt;
	struct world world;
	struct plugin_env env;
	struct plugin_common common;
	void *state;
	struct task tasks[3];
	size_t count;
};

static char *at(const struct bench *b, const char *name)
{
	return fs_join(b->dir, name);
}

static void make_dir(const struct bench *b, const char *name)
{
	AUTO(free) char *path = at(b, name);

	assert_null(fs_mkdirs(path, 0755));
}

static bool is_there(const struct bench *b, const char *name)
{
	AUTO(free) char *path = at(b, name);

	return fs_exists(path) || fs_is_link(path);
}

static int set_up(void **state)
{
	char template[] = "/tmp/signet-webroot-XXXXXX";
	struct bench *b = xcalloc(1, sizeof(*b));

	b->dir = xstrdup(mkdtemp(template));
	make_dir(b, "www");
	make_dir(b, "www2");
	make_dir(b, "work");
	b->opt.work_dir = at(b, "work");
	assert_int_equal(pthread_mutex_init(&b->common.lock, NULL), 0);
	b->env = (struct plugin_env){
		.world = &b->world, .ui = &b->ui, .opt = &b->opt, .common = &b->common
	};
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	if (b->state != NULL)
		plugin_webroot.close(b->state);
	fake_tasks_release(b->tasks, b->count);
	fake_ui_release(&b->ui);
	assert_null(fs_remove_tree(b->dir));
	strlist_release(&b->opt.domains);
	strlist_release(&b->opt.webroot_path);
	strlist_release(&b->opt.webroot_map.names);
	strlist_release(&b->opt.webroot_map.roots);
	free(b->opt.work_dir);
	free(b->dir);
	free(b);
	return 0;
}

static void add_root(struct bench *b, const char *name)
{
	strlist_take(&b->opt.webroot_path, at(b, name));
}

static void add_task(struct bench *b, const char *identifier, const char *token)
{
	strlist_add(&b->opt.domains, identifier);
	fake_task(&b->tasks[b->count++], identifier, token, MEDIUM_HTTP);
}

static struct err *open_it(struct bench *b)
{
	return plugin_webroot.open(&b->state, &b->env);
}

static struct err *publish(struct bench *b)
{
	return plugin_webroot.authenticator->publish(b->state, b->tasks, b->count);
}

static struct err *withdraw(struct bench *b)
{
	return plugin_webroot.authenticator->withdraw(b->state, b->tasks, b->count);
}

static void assert_content(const struct bench *b, const char *name, const char *content)
{
	AUTO(free) char *path = at(b, name);
	AUTO(free) char *text = NULL;

	assert_null(fs_read(&text, NULL, path, LIMIT_FILE));
	assert_string_equal(text, content);
}

static mode_t mode_at(const struct bench *b, const char *name)
{
	AUTO(free) char *path = at(b, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void test_published_and_withdrawn(void **state)
{
	struct bench *b = *state;
	mode_t before = umask(077);

	add_root(b, "www");
	add_task(b, "a.test", "tok_a");
	add_task(b, "b.test", "tok-b");
	assert_null(open_it(b));
	assert_null(publish(b));
	(void)umask(before);
	assert_true(b->tasks[0].published && b->tasks[1].published);
	assert_content(b, "www/.well-known/acme-challenge/tok_a", "tok_a.thumbprint");
	assert_content(b, "www/.well-known/acme-challenge/tok-b", "tok-b.thumbprint");
	assert_int_equal(mode_at(b, "www/.well-known"), 0755);
	assert_int_equal(mode_at(b, "www/.well-known/acme-challenge"), 0755);
	assert_int_equal(mode_at(b, "www/.well-known/acme-challenge/tok_a"), 0644);
	assert_true(is_there(b, "work/signet/webroot.json"));
	assert_null(withdraw(b));
	assert_false(is_there(b, "www/.well-known"));
	assert_false(is_there(b, "work/signet/webroot.json"));
	assert_null(withdraw(b));
}

static void test_names_have_their_roots(void **state)
{
	struct bench *b = *state;

	add_root(b, "www");
	strlist_add(&b->opt.webroot_map.names, "B.test");
	strlist_take(&b->opt.webroot_map.roots, at(b, "www2"));
	add_task(b, "a.test", "a");
	add_task(b, "b.test", "b");
	assert_null(open_it(b));
	assert_null(publish(b));
	assert_true(is_there(b, "www/.well-known/acme-challenge/a"));
	assert_true(is_there(b, "www2/.well-known/acme-challenge/b"));
	assert_null(withdraw(b));
	assert_false(is_there(b, "www/.well-known"));
	assert_false(is_there(b, "www2/.well-known"));
}

static void test_what_was_there_stays(void **state)
{
	struct bench *b = *state;

	make_dir(b, "www/.well-known");
	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	assert_null(withdraw(b));
	assert_true(is_there(b, "www/.well-known"));
	assert_false(is_there(b, "www/.well-known/acme-challenge"));
}

static void test_what_others_put_in_meanwhile_stays(void **state)
{
	struct bench *b = *state;

	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	make_dir(b, "www/.well-known/acme-challenge/theirs");
	assert_null(withdraw(b));
	assert_true(is_there(b, "www/.well-known/acme-challenge/theirs"));
	assert_false(is_there(b, "www/.well-known/acme-challenge/a"));
}

/* A killed run: the next one clears what it left, although it may have nothing to publish. */
static void test_killed_run_is_cleared(void **state)
{
	struct bench *b = *state;

	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	plugin_webroot.close(MOVE(b->state));
	assert_true(is_there(b, "www/.well-known/acme-challenge/a"));
	assert_null(open_it(b));
	plugin_webroot.close(MOVE(b->state));
	assert_false(is_there(b, "www/.well-known"));
	assert_false(is_there(b, "work/signet/webroot.json"));
}

static ino_t inode_of(const struct bench *b, const char *name)
{
	AUTO(free) char *path = at(b, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

/* The same order goes on: there is no instant at which its file is not there. */
static void test_a_whole_file_is_not_made_again(void **state)
{
	static const char file[] = "www/.well-known/acme-challenge/a";
	struct bench *b = *state;

	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	plugin_webroot.close(MOVE(b->state));
	ino_t before = inode_of(b, file);

	assert_null(open_it(b));
	assert_null(publish(b));
	assert_true(inode_of(b, file) == before);
	assert_null(withdraw(b));
	assert_false(is_there(b, "www/.well-known"));
}

/* The CA may be looking for them: they stay until the next run has what it wants, and are remembered if it is killed too. */
static void test_leftovers_stay_until_the_end(void **state)
{
	struct bench *b = *state;

	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	plugin_webroot.close(MOVE(b->state));
	for (int run = 0; run < 2; run++) {
		fake_tasks_release(b->tasks, b->count);
		b->count = 0;
		add_task(b, "a.test", run == 0 ? "b" : "c");
		assert_null(open_it(b));
		assert_true(is_there(b, "www/.well-known/acme-challenge/a"));
		assert_null(publish(b));
		assert_true(is_there(b, "www/.well-known/acme-challenge/a"));
		assert_true(is_there(b, "www/.well-known/acme-challenge/b"));
		if (run == 0)
			plugin_webroot.close(MOVE(b->state));
	}
	assert_null(withdraw(b));
	assert_false(is_there(b, "www/.well-known"));
	assert_false(is_there(b, "work/signet/webroot.json"));
}

/* Two lineages side by side: each takes its own files away, and the last one the directories and the record. */
static void test_two_at_once_below_one_root(void **state)
{
	struct bench *b = *state;
	struct task other = { 0 };
	void *second = NULL;

	add_root(b, "www");
	add_task(b, "a.test", "a");
	fake_task(&other, "b.test", "b", MEDIUM_HTTP);
	assert_null(open_it(b));
	assert_null(plugin_webroot.open(&second, &b->env));
	assert_null(publish(b));
	assert_null(plugin_webroot.authenticator->publish(second, &other, 1));
	assert_null(withdraw(b));
	assert_false(is_there(b, "www/.well-known/acme-challenge/a"));
	assert_true(is_there(b, "www/.well-known/acme-challenge/b"));
	assert_true(is_there(b, "work/signet/webroot.json"));
	assert_null(plugin_webroot.authenticator->withdraw(second, &other, 1));
	assert_false(is_there(b, "www/.well-known"));
	assert_false(is_there(b, "work/signet/webroot.json"));
	plugin_webroot.close(second);
	fake_tasks_release(&other, 1);
}

/* What a killed run left may be what another lineage of this run is being proved by. */
static void test_leftovers_stay_until_the_last_is_done(void **state)
{
	struct bench *b = *state;
	struct task other = { 0 };
	void *second = NULL;

	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	plugin_webroot.close(MOVE(b->state));
	fake_task(&other, "b.test", "b", MEDIUM_HTTP);
	assert_null(open_it(b));
	assert_null(plugin_webroot.open(&second, &b->env));
	assert_null(plugin_webroot.authenticator->publish(second, &other, 1));
	assert_null(plugin_webroot.authenticator->withdraw(second, &other, 1));
	plugin_webroot.close(second);
	assert_true(is_there(b, "www/.well-known/acme-challenge/a"));
	plugin_webroot.close(MOVE(b->state));
	assert_false(is_there(b, "www/.well-known"));
	fake_tasks_release(&other, 1);
}

static void test_what_cannot_be_removed_is_remembered(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *file = at(b, "www/.well-known/acme-challenge/a");

	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	plugin_webroot.close(MOVE(b->state));
	assert_null(fs_unlink(file));
	make_dir(b, "www/.well-known/acme-challenge/a/in the way");
	assert_null(open_it(b));
	plugin_webroot.close(MOVE(b->state));
	assert_non_null(strstr(buf_str(&b->ui.said), "interrupted run"));
	assert_true(is_there(b, "work/signet/webroot.json"));
	assert_null(fs_remove_tree(file));
	assert_null(open_it(b));
	plugin_webroot.close(MOVE(b->state));
	assert_false(is_there(b, "www/.well-known"));
	assert_false(is_there(b, "work/signet/webroot.json"));
}

/* The same order goes on after a kill: its token's file is there already, perhaps half written. */
static void test_file_of_the_same_token_is_replaced(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *path = at(b, "www/.well-known/acme-challenge/a");

	make_dir(b, "www/.well-known/acme-challenge");
	assert_null(fs_create(path, "a.th", 4, 0600));
	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	assert_content(b, "www/.well-known/acme-challenge/a", "a.thumbprint");
	assert_int_equal(mode_at(b, "www/.well-known/acme-challenge/a"), 0644);
	assert_null(withdraw(b));
	assert_false(is_there(b, "www/.well-known/acme-challenge/a"));
}

/* Records that nobody of ours wrote harm nobody. */
static void test_broken_records(void **state)
{
	static const char *const records[] = {
		"",
		"{",
		"{}",
		"[1]",
		"[{\"root\":\"/\"}]",
		"[{\"root\":\"/nowhere\",\"tokens\":[\"a\"],\".well-known\":true,\"acme-challenge\":true}]",
	};
	struct bench *b = *state;
	AUTO(free) char *path = at(b, "work/signet/webroot.json");

	make_dir(b, "work/signet");
	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		assert_null(fs_create(path, records[i], strlen(records[i]), 0600));
		assert_null(open_it(b));
		plugin_webroot.close(MOVE(b->state));
		assert_false(is_there(b, "work/signet/webroot.json"));
	}
}

static void test_record_cannot_reach_other_files(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *record = at(b, "work/signet/webroot.json");
	AUTO(free) char *victim = at(b, "www/victim");
	AUTO(free)
	char *text = str_fmt(
		"[{\"root\":\"%s/www\",\"tokens\":[\"../../victim\"],\".well-known\":false,\"acme-challenge\":false}]",
		b->dir);

	make_dir(b, "work/signet");
	make_dir(b, "www/.well-known/acme-challenge");
	assert_null(fs_create(victim, "x", 1, 0600));
	assert_null(fs_create(record, text, strlen(text), 0600));
	assert_null(open_it(b));
	assert_true(is_there(b, "www/victim"));
	assert_non_null(strstr(buf_str(&b->ui.said), "interrupted run"));
}

static void test_bad_token_is_no_path(void **state)
{
	struct bench *b = *state;

	add_root(b, "www");
	add_task(b, "a.test", "../../x");
	assert_null(open_it(b));
	AUTO(err_free) struct err *e = publish(b);

	assert_non_null(e);
	assert_null(withdraw(b));
	assert_false(is_there(b, "www/x"));
	assert_false(is_there(b, "www/.well-known"));
}

/* An administrator's link is followed, into a directory shared by all sites for example. */
static void test_own_link_is_followed(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *target = at(b, "www2");
	AUTO(free) char *link = at(b, "www/.well-known");

	assert_null(fs_symlink(target, link));
	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	assert_true(is_there(b, "www2/acme-challenge/a"));
	assert_null(withdraw(b));
	assert_false(is_there(b, "www2/acme-challenge"));
	assert_true(is_there(b, "www/.well-known"));
}

/* Whoever may write in the web root leads us nowhere else. */
static void test_foreign_link_is_not_followed(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *target = at(b, "www2");
	AUTO(free) char *link = at(b, "www/.well-known");

	assert_null(fs_symlink(target, link));
	if (lchown(link, 12345, 12345) != 0)
		skip();
	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	AUTO(err_free) struct err *e = publish(b);

	assert_non_null(e);
	assert_int_equal(e->code, ERR_PERMISSION);
	assert_false(is_there(b, "www2/acme-challenge"));
	err_ignore(withdraw(b));
	assert_false(is_there(b, "www2/acme-challenge"));
}

static void test_link_as_challenge_file_is_replaced_not_followed(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *victim = at(b, "victim");
	AUTO(free) char *link = at(b, "www/.well-known/acme-challenge/a");

	make_dir(b, "www/.well-known/acme-challenge");
	assert_null(fs_create(victim, "x", 1, 0600));
	assert_null(fs_symlink(victim, link));
	add_root(b, "www");
	add_task(b, "a.test", "a");
	assert_null(open_it(b));
	assert_null(publish(b));
	assert_content(b, "victim", "x");
	assert_content(b, "www/.well-known/acme-challenge/a", "a.thumbprint");
	assert_null(withdraw(b));
	assert_content(b, "victim", "x");
}

static void test_wrong_roots(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *base = at(b, "www");

	make_dir(b, "www/.well-known/acme-challenge");
	add_root(b, "www/.well-known/acme-challenge");
	add_task(b, "a.test", "a");
	AUTO(err_free) struct err *inner = open_it(b);

	assert_non_null(inner);
	assert_int_equal(inner->code, ERR_CONFIG);
	assert_true(str_ends(inner->msg, base));
	add_root(b, "absent");
	AUTO(err_free) struct err *absent = open_it(b);

	assert_non_null(absent);
	assert_non_null(strstr(absent->msg, "absent does not exist or is not a directory"));
	assert_null(b->state);
}

static void test_without_root_the_flag_is_named(void **state)
{
	struct bench *b = *state;

	add_task(b, "a.test", "a");
	AUTO(err_free) struct err *e = open_it(b);

	assert_non_null(e);
	assert_int_equal(e->code, ERR_CONFIG);
	assert_non_null(strstr(e->msg, "--webroot-path"));
}

/* A wrong answer is explained and asked again; the second name is offered the first one's root; all is kept for renewals. */
static void test_person_is_asked(void **state)
{
	struct bench *b = *state;

	b->ui.can_ask = true;
	strlist_take(&b->ui.answers, at(b, "absent"));
	strlist_take(&b->ui.answers, at(b, "www"));
	strlist_take(&b->ui.answers, at(b, "www"));
	add_task(b, "a.test", "a");
	add_task(b, "b.test", "b");
	assert_null(open_it(b));
	assert_null(publish(b));
	assert_int_equal(b->ui.questions.count, 3);
	assert_non_null(strstr(buf_str(&b->ui.said), "does not exist"));
	assert_true(is_there(b, "www/.well-known/acme-challenge/a"));
	assert_true(is_there(b, "www/.well-known/acme-challenge/b"));
	assert_int_equal(b->opt.webroot_map.names.count, 2);
	assert_string_equal(b->opt.webroot_map.names.items[1], "b.test");
	assert_null(withdraw(b));
}

static void test_half_a_publish_is_undone(void **state)
{
	struct bench *b = *state;

	add_root(b, "www");
	strlist_add(&b->opt.webroot_map.names, "b.test");
	strlist_take(&b->opt.webroot_map.roots, at(b, "www2"));
	add_task(b, "a.test", "a");
	add_task(b, "b.test", "b");
	assert_null(open_it(b));
	make_dir(b, "www2/.well-known/acme-challenge/b"); /* in the way */
	AUTO(err_free) struct err *e = publish(b);

	assert_non_null(e);
	err_ignore(withdraw(b));
	assert_false(is_there(b, "www/.well-known"));
	assert_true(is_there(b, "www2/.well-known/acme-challenge/b"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_published_and_withdrawn),
		TEST(test_names_have_their_roots),
		TEST(test_what_was_there_stays),
		TEST(test_what_others_put_in_meanwhile_stays),
		TEST(test_killed_run_is_cleared),
		TEST(test_a_whole_file_is_not_made_again),
		TEST(test_leftovers_stay_until_the_end),
		TEST(test_two_at_once_below_one_root),
		TEST(test_leftovers_stay_until_the_last_is_done),
		TEST(test_what_cannot_be_removed_is_remembered),
		TEST(test_file_of_the_same_token_is_replaced),
		TEST(test_broken_records),
		TEST(test_record_cannot_reach_other_files),
		TEST(test_bad_token_is_no_path),
		TEST(test_own_link_is_followed),
		TEST(test_foreign_link_is_not_followed),
		TEST(test_link_as_challenge_file_is_replaced_not_followed),
		TEST(test_wrong_roots),
		TEST(test_without_root_the_flag_is_named),
		TEST(test_person_is_asked),
		TEST(test_half_a_publish_is_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
