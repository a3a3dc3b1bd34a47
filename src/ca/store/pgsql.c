/* PostgreSQL in pipeline mode. Whatever goes wrong, a new connection is made. */
#include <libpq-fe.h>

#include "base/str.h"
#include "ca/store/db.h"
#include "ca/store/pipeline.h"

#define OLDEST 130000 /* pg_current_xact_id() */

struct pgsql {
	struct db db;
	struct pipeline pipeline;
	bool committing;
	PGresult *result; /* that is being read */
	int row;
};

static struct pgsql *pgsql_of(struct db *db)
{
	return (struct pgsql *)(void *)db;
}

/* --- statements */

static void finish(struct db *db)
{
	struct pgsql *p = pgsql_of(db);

	PQclear(p->result);
	p->result = NULL;
}

static struct err *start(struct db *db, const char *sql, const struct db_value *values,
			 size_t count)
{
	struct pgsql *p = pgsql_of(db);

	finish(db);
	p->row = -1;
	return pipeline_read(&p->pipeline, &p->result, sql, values, count);
}

static struct err *ahead(struct db *db, bool *again, const char *sql, const struct db_value *values,
			 size_t count)
{
	return pipeline_look(&pgsql_of(db)->pipeline, again, sql, values, count);
}

static void forget(struct db *db)
{
	pipeline_forget(&pgsql_of(db)->pipeline);
}

static struct err *next(struct db *db, bool *row)
{
	struct pgsql *p = pgsql_of(db);

	*row = p->result != NULL && ++p->row < PQntuples(p->result);
	if (!*row)
		finish(db);
	return NULL;
}

static struct err *exec(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
	finish(db);
	return pipeline_send(&pgsql_of(db)->pipeline, sql, values, count);
}

static const void *bytes_at(struct db *db, int column, size_t *len)
{
	struct pgsql *p = pgsql_of(db);

	*len = (size_t)PQgetlength(p->result, p->row, column);
	return PQgetvalue(p->result, p->row, column);
}

static int64_t int_at(struct db *db, int column)
{
	const struct pgsql *p = pgsql_of(db);

	return pipeline_number_at(p->result, p->row, column);
}

/* --- transactions */

/*
 * READ COMMITTED: what is read after the lock was got is what its last holder left. The lock keeps the writers of other
 * processes out until this one has committed.
 */
static struct err *begin(struct db *db)
{
	static const char start_it[] = "BEGIN ISOLATION LEVEL READ COMMITTED";
	static const char lock[] = "SELECT pg_current_xact_id()::text::bigint "
				   "FROM pg_advisory_xact_lock(4920813372064517)";
	struct pgsql *p = pgsql_of(db);

	TRY(exec(db, start_it, DB_NO_VALUES));
	return pipeline_ask_number(&p->pipeline, lock);
}

static struct err *end(struct db *db, const char *sql, const char *tag)
{
	struct pgsql *p = pgsql_of(db);
	PGresult *r = NULL;

	finish(db);
	forget(db);
	TRY(pipeline_read(&p->pipeline, &r, sql, DB_NO_VALUES));
	bool done = streq(PQcmdStatus(r), tag);
	struct err *e = done ? NULL : pipeline_failed(&p->pipeline, r);

	PQclear(r);
	return e != NULL ? e : pipeline_drain(&p->pipeline);
}

static struct err *commit(struct db *db)
{
	static const char sql[] = "COMMIT";
	struct pgsql *p = pgsql_of(db);

	p->committing = true;
	TRY(end(db, sql, "COMMIT"));
	p->committing = false;
	return NULL;
}

/* The end of the connection rolls back too. */
static void rollback(struct db *db)
{
	static const char sql[] = "ROLLBACK";

	if (!pgsql_of(db)->pipeline.broken)
		err_ignore(end(db, sql, "ROLLBACK"));
}

static int64_t in_doubt(struct db *db)
{
	const struct pgsql *p = pgsql_of(db);

	return p->committing ? p->pipeline.number : 0;
}

/* begin() has got the lock: the other transaction has ended one way or the other. */
static struct err *was_committed(struct db *db, bool *yes, int64_t transaction)
{
	static const char sql[] =
		"SELECT COALESCE(pg_xact_status($1::text::xid8), '') = 'committed', 1";
	AUTO(free) char *number = str_fmt("%lld", (long long)transaction);
	bool row = false;
	size_t len;

	TRY(begin(db));
	TRY(db_find(db, &row, sql, DB_VALUES(db_text(number))));
	*yes = row && *(const char *)bytes_at(db, 0, &len) == 1;
	rollback(db);
	return NULL;
}

/* --- connections */

static bool usable(const struct db *db)
{
	const struct pgsql *p = (const struct pgsql *)(const void *)db;

	return !p->pipeline.broken && PQstatus(p->pipeline.connection) == CONNECTION_OK;
}

/* Several statements in one message: the simple protocol, which pipeline mode does not have. */
static struct err *simple(struct pipeline *p, const char *sql)
{
	PGresult *r = PQexec(p->connection, sql);
	ExecStatusType status = PQresultStatus(r);
	bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
	struct err *e = good ? NULL : pipeline_failed(p, r);

	PQclear(r);
	return e;
}

static struct err *script(struct db *db, const char *sql)
{
	struct pipeline *p = &pgsql_of(db)->pipeline;

	finish(db);
	TRY(pipeline_drain(p));
	TRY(pipeline_check(p, PQexitPipelineMode(p->connection)));
	TRY(simple(p, sql));
	return pipeline_check(p, PQenterPipelineMode(p->connection));
}

static void close_pgsql(struct db *db)
{
	struct pgsql *p = pgsql_of(db);

	finish(db);
	PQfinish(p->pipeline.connection);
	pipeline_release(&p->pipeline);
	free(p);
}

static void drop_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static PGconn *connect_to(const char *where)
{
	/* The last dbname is the operator's connection string; what it says wins. */
	const char *const keys[] = { "connect_timeout",
				     "tcp_user_timeout",
				     "target_session_attrs",
				     "fallback_application_name",
				     "dbname",
				     "client_encoding",
				     NULL };
	const char *const values[] = {
		"5", "10000", "read-write", "signet-ca", where, "UTF8", NULL
	};

	return PQconnectdbParams(keys, values, 1);
}

/*
 * An answer says that the change is on the disk: a server that is set not to wait for it is asked to. Whoever holds the lock and
 * does not go on is thrown out. Every statement has its index, whose order is the wanted one. It is planned once a connection, perhaps
 * when the tables are empty or their statistics old: the plan must not be made for that.
 */
static struct err *set_up(struct pipeline *p)
{
	static const char sql[] =
		"SELECT set_config('synchronous_commit', 'on', false) "
		"WHERE current_setting('synchronous_commit') = 'off';"
		"SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '30s';"
		"SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off;"
		"SET plan_cache_mode = force_generic_plan";
	const char *encoding = PQparameterStatus(p->connection, "server_encoding");

	if (PQserverVersion(p->connection) < OLDEST)
		return err_new(ERR_CONFIG, "PostgreSQL 13 or newer is needed, the server is %s",
			       PQparameterStatus(p->connection, "server_version"));
	if (encoding == NULL || !streq(encoding, "UTF8"))
		return err_new(ERR_CONFIG,
			       "database %s has the encoding %s: make one with ENCODING 'UTF8'",
			       PQdb(p->connection), encoding);
	TRY(simple(p, sql));
	return pipeline_check(p, PQenterPipelineMode(p->connection));
}

static struct err *open_pgsql(struct db **out, const char *where)
{
	struct pgsql *p = xcalloc(1, sizeof(*p));
	AUTO(db_close) struct db *db = &p->db;

	p->db.ops = &pgsql_driver;
	p->pipeline.connection = connect_to(where);
	if (PQstatus(p->pipeline.connection) != CONNECTION_OK)
		return pipeline_failed(&p->pipeline, NULL);
	(void)PQsetNoticeProcessor(p->pipeline.connection, drop_notice, NULL);
	TRY(set_up(&p->pipeline));
	*out = MOVE(db);
	return NULL;
}

const struct db_ops pgsql_driver = {
	.name = "postgresql",
	.id_type = "BIGINT NOT NULL PRIMARY KEY",
	.text_type = "TEXT COLLATE \"C\"",
	.bytes_type = "BYTEA",
	.keyed_table = "",
	.open = open_pgsql,
	.close = close_pgsql,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.in_doubt = in_doubt,
	.was_committed = was_committed,
	.exec = exec,
	.start = start,
	.ahead = ahead,
	.forget = forget,
	.next = next,
	.int_at = int_at,
	.bytes_at = bytes_at,
	.finish = finish,
	.script = script,
	.usable = usable,
};
