#include "place.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "ca/store/db.h"

static void drop_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static void place_sqlite(struct bench *b)
{
	char template[] = "/tmp/signet-store-XXXXXX";

	assert_non_null(mkdtemp(template));
	b->place = xstrdup(template);
	b->config.store.backend = STORE_SQLITE;
	b->config.store.path = fs_join(b->place, "ca.db");
}

void place_tell_server(const char *sql)
{
	PGconn *c = PQconnectdb(getenv("STORE_CONNECTION"));

	PQsetNoticeProcessor(c, drop_notice, NULL);
	PGresult *r = PQexec(c, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
}

/* Owned by somebody whom the test may lock out. */
static void make_schema(void)
{
	place_tell_server(
		"DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ''ca'') THEN "
		"CREATE ROLE ca LOGIN; END IF; END'");
	place_tell_server("CREATE SCHEMA tested AUTHORIZATION ca");
}

/* Every test has a schema of its own, and one test runs at a time. */
static void place_postgresql(struct bench *b)
{
	place_tell_server("DROP SCHEMA IF EXISTS tested CASCADE");
	make_schema();
	b->config.store.backend = STORE_PGSQL;
	b->config.store.connection = str_fmt("%s user=ca options='-c search_path=tested'",
					     getenv("STORE_CONNECTION"));
}

bool bench_is_sqlite(void)
{
	return getenv("STORE_CONNECTION") == NULL;
}

void bench_place(struct bench *b)
{
	if (bench_is_sqlite())
		place_sqlite(b);
	else
		place_postgresql(b);
}

static void remove_files(struct bench *b)
{
	static const char *const files[] = { "ca.db", "ca.db-wal", "ca.db-shm" };

	for (size_t i = 0; i < ARRAY_LEN(files) && b->place != NULL; i++) {
		AUTO(free) char *path = fs_join(b->place, files[i]);

		assert_done(fs_unlink(path));
	}
}

void place_empty(struct bench *b)
{
	if (bench_is_sqlite()) {
		remove_files(b);
		assert_done(sqlite_driver.set_up(b->config.store.path));
		return;
	}
	place_tell_server("DROP SCHEMA tested CASCADE");
	make_schema();
}

void place_set_schema_version(struct bench *b, int64_t version)
{
	AUTO(free)
	char *sql = str_fmt("UPDATE %sschema_version SET version = %lld",
			    bench_is_sqlite() ? "" : "tested.", (long long)version);
	AUTO(db_close) struct db *db = NULL;

	if (!bench_is_sqlite()) {
		place_tell_server(sql);
		return;
	}
	assert_done(sqlite_driver.open(&db, b->config.store.path));
	assert_done(sqlite_driver.script(db, sql));
}

void bench_remove_place(struct bench *b)
{
	remove_files(b);
	if (b->place != NULL)
		assert_int_equal(rmdir(b->place), 0);
	free(b->config.store.path);
	free(b->config.store.connection);
	free(b->place);
}
