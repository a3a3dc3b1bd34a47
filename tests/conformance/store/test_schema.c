/* Schemas of other programs: older ones are brought up to date, newer ones are refused. */
#include "bench.h"

#include "ca/store/schema.h"
#include "place.h"
#include "suites.h"

static const char *const steps[] = {
	("CREATE TABLE things (id %id, name %text NOT NULL, raw %bytes NOT NULL); "
	 "INSERT INTO things (id, name, raw) VALUES (1, 'old', '')"),
	"ALTER TABLE things ADD COLUMN colour %text NOT NULL DEFAULT 'grey'",
	"ALTER TABLE things ADD COLUMN size BIGINT NOT NULL DEFAULT 7; nonsense",
};

static void open_db(struct bench *b, struct db **out)
{
	store_close(b->store);
	b->store = NULL;
	place_empty(b);
	const struct db_ops *driver = bench_is_sqlite() ? &sqlite_driver : &pgsql_driver;

	assert_done(driver->open(out, bench_is_sqlite() ? b->config.store.path
							: b->config.store.connection));
}

static void assert_thing(struct db *db, const char *sql, const char *wanted)
{
	bool row = false;

	assert_done(db_find(db, &row, sql, DB_NO_VALUES));
	assert_true(row);
	AUTO(free) char *text = db_text_at(db, 0);

	assert_string_equal(text, wanted);
	db->ops->finish(db);
}

static void test_older(void **state)
{
	AUTO(db_close) struct db *db = NULL;

	open_db(*state, &db);
	assert_done(schema_update(db, steps, 1));
	assert_thing(db, "SELECT name FROM things", "old");
	assert_done(schema_update(db, steps, 2));
	assert_thing(db, "SELECT colour FROM things WHERE name = 'old'", "grey");
	assert_done(schema_update(db, steps, 2));
}

static void test_newer(void **state)
{
	AUTO(db_close) struct db *db = NULL;

	open_db(*state, &db);
	assert_done(schema_update(db, steps, 2));
	assert_refused(schema_update(db, steps, 1), ERR_CONFIG,
		       "version 2 and this program knows 1");
}

/* A step that fails leaves the old schema, whole. */
static void test_failing_step(void **state)
{
	struct bench *b = *state;
	struct db *db = NULL;

	open_db(b, &db);
	assert_done(schema_update(db, steps, 1));
	assert_refused(schema_update(db, steps, 3), ERR_IO, "making schema 3");
	db_close(db);
	const struct db_ops *driver = bench_is_sqlite() ? &sqlite_driver : &pgsql_driver;

	assert_done(driver->open(&db, bench_is_sqlite() ? b->config.store.path
							: b->config.store.connection));
	assert_done(schema_update(db, steps, 1)); /* not refused as newer */
	db_close(db);
}

static void test_store_refuses_newer(void **state)
{
	struct bench *b = *state;
	struct store *other = NULL;

	place_set_schema_version(b, 99);
	assert_refused(store_open(&other, &b->config, bench_world()), ERR_CONFIG, "version 99");
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_older),
	BENCH_TEST(test_newer),
	BENCH_TEST(test_failing_step),
	BENCH_TEST(test_store_refuses_newer),
};

const struct suite suite_schema = { "schema", tests, ARRAY_LEN(tests) };
