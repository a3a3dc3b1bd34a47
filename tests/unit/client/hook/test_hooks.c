/* What hooks are given of many names (certbot.md 11.3). */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "client/hook/hook.h"
#include "client/store/tree.h"

/* Programs are written down instead of being run. */
struct recorder {
	struct spawner spawner;
	struct strlist env; /* of all commands */
	int linger_ms;      /* of the last */
};

static struct err *record(const struct spawner *s, const struct command *c,
			  struct command_result *out)
{
	struct recorder *r = (struct recorder *)(uintptr_t)s;

	strlist_add_all(&r->env, c->set);
	r->linger_ms = c->linger_ms;
	*out = (struct command_result){ .out = xstrdup(""), .err = xstrdup("") };
	return NULL;
}

struct bench {
	char directory[40];
	char hook[8];
	struct recorder recorder;
	struct world world;
	struct options opt;
	struct tree tree;
	struct client client;
	struct strlist names;
};

static int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	const struct ui_options o = { .clock = &system_clock, .quiet = true };

	(void)snprintf(b->directory, sizeof(b->directory), "/tmp/signet-test-hooks-XXXXXX");
	assert_non_null(mkdtemp(b->directory));
	(void)snprintf(b->hook, sizeof(b->hook), "/hook");
	b->recorder.spawner.run = record;
	b->world = (struct world){ .clock = &system_clock, .spawner = &b->recorder.spawner };
	b->tree.config_dir = b->directory;
	b->client = (struct client){
		.world = &b->world, .tree = &b->tree, .ui = ui_new(&o), .hooks = hooks_new()
	};
	assert_done(ui_open_log(b->client.ui, b->directory, 0));
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	hooks_free(b->client.hooks);
	ui_free(b->client.ui);
	strlist_release(&b->recorder.env);
	strlist_release(&b->names);
	assert_done(fs_remove_tree(b->directory));
	free(b);
	return 0;
}

/* n names of 63 characters. */
static void add_names(struct bench *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strlist_take(&b->names, str_fmt("%059zu.com", i));
}

static const char *value_of(const struct bench *b, const char *name)
{
	for (size_t i = 0; i < b->recorder.env.count; i++)
		if (str_starts(b->recorder.env.items[i], name))
			return b->recorder.env.items[i] + strlen(name);
	return NULL;
}

static bool was_warned(const struct bench *b)
{
	AUTO(free) char *path = fs_join(b->directory, "letsencrypt.log");
	AUTO(free) char *log = NULL;

	assert_done(fs_read(&log, NULL, path, LIMIT_MIB(1)));
	return strstr(log, "is cut to") != NULL;
}

/* Names are cut whole: each takes 64 characters with its space. */
static void expect(const struct bench *b, const char *variable, size_t names, bool warned)
{
	assert_non_null(value_of(b, variable));
	assert_int_equal(strlen(value_of(b, variable)), names * 64 - 1);
	assert_int_equal(was_warned(b), warned);
}

static void deploy(struct bench *b)
{
	bool all_well = false;

	b->opt.deploy_hook = b->hook;
	hooks_run_deploy(&b->client, &b->opt, "/live", &b->names, &all_well);
	assert_true(all_well);
}

static void test_deploy_hook_gets_all_names(void **state)
{
	struct bench *b = *state;

	add_names(b, 1000);
	deploy(b);
	expect(b, "RENEWED_DOMAINS=", 1000, false);
}

/* Linux starts no program with a variable of 128 KiB. */
static void test_deploy_hook_that_could_not_start(void **state)
{
	struct bench *b = *state;

	add_names(b, 3000);
	deploy(b);
	expect(b, "RENEWED_DOMAINS=", 2046, true);
}

/* Its first line of output would kill it (SIGPIPE): test_proc.c has the daemon. */
static void test_daemon_of_a_hook_is_listened_to(void **state)
{
	struct bench *b = *state;

	add_names(b, 1);
	deploy(b);
	assert_int_not_equal(b->recorder.linger_ms, 0);
}

static void test_post_hook_of_certonly(void **state)
{
	struct bench *b = *state;
	const struct strlist none = { 0 };

	b->opt.post_hook = b->hook;
	add_names(b, 1000);
	hooks_run_post(&b->client, &b->opt, &b->names, &none);
	expect(b, "RENEWED_DOMAINS=", 500, true);
	assert_string_equal(value_of(b, "FAILED_DOMAINS="), "");
}

static void test_post_hook_of_renew(void **state)
{
	struct bench *b = *state;
	const struct strlist none = { 0 };

	b->opt.post_hook = b->hook;
	add_names(b, 251);
	hooks_owe_post(&b->client, &b->opt);
	hooks_run_owed_post(&b->client, &none, &b->names);
	expect(b, "FAILED_DOMAINS=", 250, true);
}

static void test_nothing_is_said_without_hooks(void **state)
{
	struct bench *b = *state;

	add_names(b, 3000);
	hooks_run_post(&b->client, &b->opt, &b->names, &b->names);
	hooks_run_owed_post(&b->client, &b->names, &b->names);
	assert_int_equal(b->recorder.env.count, 0);
	assert_false(was_warned(b));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_deploy_hook_gets_all_names),
		TEST(test_deploy_hook_that_could_not_start),
		TEST(test_daemon_of_a_hook_is_listened_to),
		TEST(test_post_hook_of_certonly),
		TEST(test_post_hook_of_renew),
		TEST(test_nothing_is_said_without_hooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
