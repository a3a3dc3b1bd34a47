/* PostgreSQL: when it refuses, goes away, or is not heard. */
#include "asks.h"
#include "bench.h"
#include "hooks.h"
#include "place.h"
#include "suites.h"

static void test_refused_by_server(void **state)
{
	struct tally t = { 0 };

	ask_one_bad_of_nine(*state, &t, "[\"\xff\"]"); /* not UTF-8 */
}

#define END_CONNECTIONS                                                 \
	"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity " \
	"WHERE application_name = 'signet-ca'"

static void test_lost_connections(void **state)
{
	struct bench *b = *state;

	bench_account(b, "t1");
	assert_there(b, "t1", true);
	place_tell_server(END_CONNECTIONS);
	assert_there(b, "t1", true);
	place_tell_server(END_CONNECTIONS);
	bench_account(b, "t2");
	assert_there(b, "t2", true);
}

static void test_server_away(void **state)
{
	struct bench *b = *state;

	assert_there(b, "t1", false);
	place_tell_server("ALTER ROLE ca NOLOGIN; " END_CONNECTIONS);
	ask_account(b, "t1", "[]");
	bench_wait(b, 1);
	assert_busy(b);
	ASK(b, store_account_by_thumbprint(b->store, bench_ask(b), "t1"));
	assert_busy(b);
	place_tell_server("ALTER ROLE ca LOGIN");
	assert_there(b, "t1", false);
	bench_account(b, "t1");
}

/* The server committed, and the connection was lost before that was heard: it is not done twice. */
static void test_lost_answer(void **state)
{
	struct bench *b = *state;

	int64_t account = bench_account(b, "t1");

	hook_lose_answer();
	int64_t id = bench_order(b, account, "a.test");

	assert_outcome(b, STORE_DONE, store_orders(b->store, bench_ask(b), account, 0, 9));
	assert_int_equal(b->answer.order_count, 1);
	assert_int_equal(b->answer.orders[0].id, id);
}

/* The connection is lost by a commit that fails: that it was not done is found out too. */
static void test_failed_commit(void **state)
{
	struct bench *b = *state;

	place_tell_server(
		"CREATE FUNCTION tested.die() RETURNS trigger LANGUAGE plpgsql AS "
		"'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'");
	place_tell_server(
		"CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON tested.accounts "
		"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tested.die()");
	ask_account(b, "t1", "[]");
	bench_wait(b, 1);
	assert_busy(b);
	assert_there(b, "t1", false);
	place_tell_server("DROP TRIGGER dies ON tested.accounts");
	bench_account(b, "t1");
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_refused_by_server), BENCH_TEST(test_lost_connections),
	BENCH_TEST(test_server_away),       BENCH_TEST(test_lost_answer),
	BENCH_TEST(test_failed_commit),
};

const struct suite suite_server = { "server", tests, ARRAY_LEN(tests) };
