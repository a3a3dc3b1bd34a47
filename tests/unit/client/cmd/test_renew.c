/* renew without a terminal: the random delay, and what others do in its time. */
#include "client/fixture.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/hook/hook.h"
#include "client/order/ca.h"
#include "client/order/revocation.h"

static struct night {
	struct client client;
	bool others_renew; /* while it sleeps */
	bool stop;         /* somebody asks it to, while it sleeps */
	int64_t slept_ms;
	int sleeps;
	bool let_in; /* another process could take every lock meanwhile */
} night;

static void save_quietly(void *ctx, struct ini *conf)
{
	time_t later = time(NULL) + 3600;
	struct tm t = { 0 };
	char text[64];

	fixture_options(ctx, conf);
	(void)localtime_r(&later, &t);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &t);
	ini_set(conf, "acme_renewal_info", "ari_retry_after", text); /* the CA is not asked */
}

static void commit(time_t from_days, time_t to_days)
{
	time_t now = time(NULL);
	AUTO(fixture_pair_release)
	struct fixture_pair p = fixture_pair("DNS:a.test", "secp256r1", now + from_days * DAY,
					     now + to_days * DAY);
	struct lineage_material m = fixture_material(&p);
	AUTO(lineage_free) struct lineage *old = NULL;
	AUTO(lineage_free) struct lineage *l = NULL;

	m.save_options = save_quietly;
	if (lineage_exists(night.client.tree, "a.test"))
		assert_done(lineage_load(&old, night.client.tree, "a.test"));
	assert_done(lineage_commit(&l, night.client.tree, "a.test", old, &m));
}

static bool others_can_lock(void)
{
	const struct tree *t = night.client.tree;
	const char *const dirs[] = { t->logs_dir, t->config_dir, t->work_dir };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int taken = 0;

		for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
			struct lock *l = NULL;

			taken += lock_acquire(&l, dirs[i]) == NULL;
			lock_release(l);
		}
		_exit(taken == ARRAY_LEN(dirs) ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

static time_t now(const struct clock *c)
{
	(void)c;
	return time(NULL);
}

static int64_t monotonic_ms(const struct clock *c)
{
	(void)c;
	return night.slept_ms;
}

static struct err *sleep_ms(const struct clock *c, int64_t ms, const struct interrupt *stop)
{
	(void)c;
	(void)stop;
	night.sleeps++;
	night.slept_ms += ms;
	night.let_in = others_can_lock();
	if (night.others_renew)
		commit(0, 90);
	return night.stop ? err_new(ERR_INTERRUPTED, "asked to stop") : NULL;
}

static const struct clock test_clock = { .now = now,
					 .monotonic_ms = monotonic_ms,
					 .sleep_ms = sleep_ms };

static void never(void *ctx, const struct err *busy)
{
	(void)ctx;
	(void)busy;
	fail_msg("nobody holds a lock here");
}

static void open_client(struct client *c, const struct world *w)
{
	AUTO(tree_free) struct tree *place = fixture_tree();
	AUTO(free)
	char *line = str_fmt("signet renew -q --config-dir %s --work-dir %s --logs-dir %s",
			     place->config_dir, place->work_dir, place->logs_dir);
	AUTO(strlist_release) struct strlist argv = { 0 };
	enum options_action action = OPTIONS_HELP;
	AUTO(free) char *topic = NULL;
	struct tree_patience p = { .world = w, .tell = never };

	*c = (struct client){ .world = w };
	strlist_split(&argv, line, ' ');
	assert_done(options_parse(&c->opt, &action, &topic, (int)argv.count, argv.items));
	c->ui = ui_new(&(struct ui_options){ .clock = w->clock, .quiet = true });
	c->hooks = hooks_new();
	c->cas = ca_pool_new();
	c->responders = responders_new();
	assert_done(tree_lock_logs(&c->tree, c->opt, &p));
	assert_done(tree_lock(c->tree, &p));
}

static void close_client(struct client *c)
{
	ca_pool_free(c->cas);
	responders_free(c->responders);
	hooks_free(c->hooks);
	ui_free(c->ui);
	options_free(c->opt);
	fixture_tree_free(c->tree);
}

static const struct world world = { .clock = &test_clock, .random = &system_random };

static struct err *renew(time_t from_days, time_t to_days)
{
	open_client(&night.client, &world);
	commit(from_days, to_days);
	return subcommand_by_name("renew")->run(&night.client);
}

static unsigned version(void)
{
	AUTO(lineage_free) struct lineage *l = NULL;

	assert_done(lineage_load(&l, night.client.tree, "a.test"));
	return l->version;
}

/* What another run renewed in the time of the delay is not renewed again. */
static void test_others_are_let_in(void **state)
{
	(void)state;
	night = (struct night){ .others_renew = true };
	assert_done(renew(-80, 10));
	assert_int_equal(night.sleeps, 1);
	assert_in_range(night.slept_ms, 1000, 480 * 1000);
	assert_true(night.let_in);
	assert_int_equal(version(), 2);
	assert_false(others_can_lock());
	close_client(&night.client);
}

static void test_nothing_due_does_not_sleep(void **state)
{
	(void)state;
	night = (struct night){ 0 };
	assert_done(renew(0, 90));
	assert_int_equal(night.sleeps, 0);
	close_client(&night.client);
}

static void test_stopped_while_asleep(void **state)
{
	(void)state;
	night = (struct night){ .stop = true };
	assert_refused(renew(-80, 10), ERR_INTERRUPTED, "asked to stop");
	assert_int_equal(version(), 1);
	assert_true(others_can_lock());
	close_client(&night.client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_are_let_in),
		cmocka_unit_test(test_nothing_due_does_not_sleep),
		cmocka_unit_test(test_stopped_while_asleep),
	};
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
