/* How long a lineage that failed is left alone, and what ends that. */
#include "client/fixture.h"

#include "client/order/setback.h"

#define MINUTE ((time_t)60)
#define HOUR (60 * MINUTE)

static const time_t noon = 1795867200; /* 2026-11-28 */

static struct bench {
	time_t now;
	struct client client;
	struct lineage *lineage;
} bench;

static time_t now(const struct clock *c)
{
	(void)c;
	return bench.now;
}

static const struct clock bench_clock = { .now = now };
static const struct world world = { .clock = &bench_clock };

static void open_with(time_t from, time_t to)
{
	static char program[] = "signet", verb[] = "renew";
	char *argv[] = { program, verb };
	enum options_action action = OPTIONS_HELP;
	char *topic = NULL;

	bench.now = noon;
	bench.client = (struct client){ .world = &world, .tree = fixture_tree() };
	assert_done(options_parse(&bench.client.opt, &action, &topic, 2, argv));
	bench.lineage = fixture_lineage(bench.client.tree, "a.test", "DNS:a.test", noon + from,
					noon + to);
}

static int set_up(void **state)
{
	(void)state;
	open_with(-80 * DAY, 10 * DAY);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lineage_free(bench.lineage);
	options_free(bench.client.opt);
	fixture_tree_free(bench.client.tree);
	return 0;
}

static struct setback *known(void)
{
	return setback_of(bench.client.tree, bench.lineage, bench.now);
}

static bool is_known(void)
{
	AUTO(setback_free) struct setback *s = known();

	return s != NULL;
}

/* Takes why. The seconds until the next try. */
static time_t failed(struct err *why)
{
	assert_done(setback_note(&bench.client, bench.lineage, why));
	err_free(why);
	AUTO(setback_free) struct setback *s = known();

	assert_non_null(s);
	assert_int_equal(s->failed_at, bench.now);
	return s->next_try - bench.now;
}

static struct err *refusal(unsigned retry_after_s)
{
	struct err *e = err_new(ERR_PROBLEM, "no");

	e->urn = xstrdup("urn:ietf:params:acme:error:unauthorized");
	e->identifier = xstrdup("a.test");
	e->retry_after_s = retry_after_s;
	return e;
}

static bool holds(void)
{
	AUTO(setback_free) struct setback *s = known();

	return s != NULL && setback_holds(s, &bench.client, bench.lineage);
}

static void waits_grow_to_a_day(void **state)
{
	static const time_t waits[] = { MINUTE, 10 * MINUTE, 100 * MINUTE, 23 * HOUR, 23 * HOUR };

	(void)state;
	assert_false(is_known());
	for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
		assert_int_equal(failed(refusal(0)), waits[i]);
		assert_true(holds());
		bench.now += waits[i] - 1;
		assert_true(holds());
		bench.now++;
		assert_false(holds());
	}
}

static void short_lives_wait_shorter(void **state)
{
	tear_down(state);
	open_with(-9 * HOUR, 3 * HOUR);
	assert_int_equal(failed(refusal(0)), MINUTE);
	assert_int_equal(failed(refusal(0)), 10 * MINUTE);
	assert_int_equal(failed(refusal(0)), 100 * MINUTE);
	assert_int_equal(failed(refusal(0)), 2 * HOUR);
}

static void what_the_ca_asks_is_the_least(void **state)
{
	(void)state;
	assert_int_equal(failed(refusal(7200)), 7200);
	assert_int_equal(failed(err_wrap(refusal(7200), "ordering")), 7200);
	assert_int_equal(failed(refusal(30)), 100 * MINUTE);
}

static void trouble_of_this_machine_is_told_but_not_waited_for(void **state)
{
	static const enum err_code ours[] = { ERR_IO, ERR_PERMISSION, ERR_CONFIG, ERR_USAGE,
					      ERR_MISSING };
	static const enum err_code theirs[] = { ERR_NETWORK, ERR_TIMEOUT, ERR_PROTOCOL,
						ERR_CHALLENGE, ERR_BUSY };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		assert_int_equal(failed(err_new(ours[i], "x")), 0);
	assert_false(holds());
	for (size_t i = 0; i < ARRAY_LEN(theirs); i++)
		assert_true(failed(err_new(theirs[i], "x")) > 0);
}

static void what_was_said_is_kept(void **state)
{
	struct err *several = err_new(ERR_CHALLENGE, "Some challenges have failed.");

	(void)state;
	(void)failed(err_wrap(refusal(0), "ordering"));
	{
		AUTO(setback_free) struct setback *s = known();
		AUTO(free) char *text = err_text(s->error);

		assert_string_equal(s->reason, "unauthorized (a.test)");
		assert_string_equal(text, "ordering: no");
		assert_string_equal(s->error->urn, "urn:ietf:params:acme:error:unauthorized");
		assert_string_equal(s->error->identifier, "a.test");
		assert_int_equal(s->error->code, ERR_PROBLEM);
	}
	for (int i = 0; i < 5; i++)
		err_add_subproblem(several, refusal(0));
	(void)failed(several);
	AUTO(setback_free) struct setback *s = known();

	assert_string_equal(
		s->reason,
		"unauthorized (a.test), unauthorized (a.test), unauthorized (a.test) and 2 more");
	(void)failed(err_new(ERR_NETWORK, "no\x1b[31mroute"));
	AUTO(setback_free) struct setback *plain = known();

	assert_string_equal(plain->reason, "no\\x1b[31mroute");
	assert_null(plain->error->urn);
}

static void another_certificate_or_configuration_is_another_matter(void **state)
{
	(void)state;
	(void)failed(refusal(0));
	ini_set(bench.lineage->conf, "acme_renewal_info", "ari_retry_after", "2026-11-28T12:00:00");
	assert_true(holds());
	ini_set(bench.lineage->conf, "renewalparams", "authenticator", "webroot");
	assert_false(is_known());
	ini_set(bench.lineage->conf, "renewalparams", "authenticator", "standalone");
	assert_true(holds());
	ini_set(bench.lineage->conf, "renewalparams/webroot_map", "a.test", "/srv");
	assert_false(is_known());
	ini_remove_section(bench.lineage->conf, "renewalparams/webroot_map");
	free(bench.lineage->cert->serial_hex);
	bench.lineage->cert->serial_hex = xstrdup("1");
	assert_false(is_known());
}

static void another_command_line_is_tried_but_counts_on(void **state)
{
	(void)state;
	(void)failed(refusal(0));
	options_set_runtime(bench.client.opt, &bench.client.opt->authenticator, "webroot");
	assert_true(is_known());
	assert_false(holds());
	assert_int_equal(failed(refusal(0)), 10 * MINUTE);
}

static void a_clock_that_was_set_back_forgets(void **state)
{
	(void)state;
	(void)failed(refusal(0));
	bench.now -= HOUR;
	assert_false(is_known());
	assert_int_equal(failed(refusal(0)), MINUTE);
}

static void names_are_listed_and_forgotten(void **state)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(strlist_release) struct strlist after = { 0 };

	(void)state;
	assert_done(setback_forget(bench.client.tree, "a.test"));
	(void)failed(refusal(0));
	assert_done(setback_names(&names, bench.client.tree));
	assert_int_equal(names.count, 1);
	assert_string_equal(names.items[0], "a.test");
	assert_done(setback_forget(bench.client.tree, "a.test"));
	assert_done(setback_names(&after, bench.client.tree));
	assert_int_equal(after.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(waits_grow_to_a_day),
		TEST(short_lives_wait_shorter),
		TEST(what_the_ca_asks_is_the_least),
		TEST(trouble_of_this_machine_is_told_but_not_waited_for),
		TEST(what_was_said_is_kept),
		TEST(another_certificate_or_configuration_is_another_matter),
		TEST(another_command_line_is_tried_but_counts_on),
		TEST(a_clock_that_was_set_back_forgets),
		TEST(names_are_listed_and_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
