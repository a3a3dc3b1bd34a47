/* PostgreSQL: when it refuses, goes away, or is not heard. */
#include "asks.h"
#include "base/limits.h"
#include "bench.h"
#include "ca/store/db.h"
#include "hooks.h"
#include "place.h"
#include "suites.h"

static void test_refused_by_server(void **state)
{
	struct tally t = { 0 };

	ask_one_bad_of_nine(*state, &t, "[\"\xff\"]"); /* not UTF-8 */
}

/* All that a batch looks for is sent at once, and so is all that it changes: two round trips. */
static void test_round_trips(void **state)
{
	struct bench *b = *state;

	ask_account(b, "warm", "[]");
	bench_wait(b, 1);
	hook_close_gate();
	size_t before = hook_syncs();

	ask_account(b, "first", "[]");
	hook_wait_at_gate();
	ask_accounts(b, LIMIT_STORE_BATCH);
	hook_open_gate();
	bench_wait(b, LIMIT_STORE_BATCH + 1);
	assert_int_equal(hook_syncs() - before, 2 * 2);
	assert_int_equal(b->answer.outcome, STORE_DONE);
}

static void ask_reads(struct bench *b, struct tally *t, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tallied_read(b, t, i % 2 == 0 ? "there" : "missing");
}

static void wait_for_reads(struct bench *b, const struct tally *t, size_t count)
{
	hook_open_gate();
	while (t->done + t->missing + t->busy < count)
		event_base_loop(b->base, EVLOOP_ONCE);
}

/* Reads that wait are sent together: at most one for each of the two threads, and the rest. */
static void test_reads_together(void **state)
{
	struct bench *b = *state;
	struct tally t = { 0 };

	bench_account(b, "there");
	hook_close_gate();
	size_t before = hook_syncs();

	ask_reads(b, &t, 1);
	hook_wait_at_gate();
	ask_reads(b, &t, 100);
	wait_for_reads(b, &t, 101);
	assert_int_equal(t.done, 51);
	assert_int_equal(t.missing, 50);
	assert_true(hook_syncs() - before <= 3);
}

/* That one of them is answered by an error is not the others' matter. */
static void test_bad_read(void **state)
{
	struct bench *b = *state;
	struct tally t = { 0 };

	bench_account(b, "there");
	hook_close_gate();
	ask_reads(b, &t, 10);
	tallied_read(b, &t, "\xff"); /* not UTF-8 */
	ask_reads(b, &t, 10);
	wait_for_reads(b, &t, 21);
	assert_int_equal(t.done, 10);
	assert_int_equal(t.missing, 10);
	assert_int_equal(t.busy, 1);
}

/* So the server knows how long it has to wait for us, and throws out who holds the lock and does not go on. */
static void test_idle_in_transaction(void **state)
{
	static const char sql[] = "SELECT id FROM accounts WHERE id = $1";
	struct bench *b = *state;
	AUTO(db_close) struct db *db = NULL;
	bool row;

	assert_done(pgsql_driver.open(&db, b->config.store.connection));
	assert_done(pgsql_driver.begin(db));
	assert_done(db_find(db, &row, sql, DB_VALUES(db_int(1))));
	place_tell_server(
		"DO 'BEGIN ASSERT EXISTS (SELECT FROM pg_stat_activity WHERE "
		"application_name = ''signet-ca'' AND state = ''idle in transaction''); END'");
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

	assert_true(hook_answer_was_lost());
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
	BENCH_TEST(test_refused_by_server),   BENCH_TEST(test_round_trips),
	BENCH_TEST(test_reads_together),      BENCH_TEST(test_bad_read),
	BENCH_TEST(test_idle_in_transaction), BENCH_TEST(test_lost_connections),
	BENCH_TEST(test_server_away),         BENCH_TEST(test_lost_answer),
	BENCH_TEST(test_failed_commit),
};

const struct suite suite_server = { "server", tests, ARRAY_LEN(tests) };
