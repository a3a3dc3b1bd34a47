/*
 * PostgreSQL in pipeline mode: a change is sent and its result read when somebody has to wait anyway, with the next select or the
 * commit. Whatever goes wrong, a new connection is made: what is still under way on the old one is nobody's business then.
 */
#include <endian.h>
#include <libpq-fe.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "ca/store/db.h"
#include "ca/store/prepared.h"

#define OLDEST 130000 /* pg_current_xact_id() */
/* Type numbers of the catalogue, which never change (pg_type.dat). */
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25

enum { VALUES_MAX = 20 };

struct pgsql {
	struct db db;
	PGconn *connection;
	struct prepared statements;
	size_t unread; /* statements that were sent and whose results were not read */
	bool in_transaction;
	bool committing;
	bool broken;
	int64_t transaction;   /* PostgreSQL's number of it; 0: not known yet */
	size_t number_is_next; /* so many results until its number; 0: it was read */
	PGresult *result;      /* that is being read */
	int row;
};

static struct pgsql *pgsql_of(struct db *db)
{
	return (struct pgsql *)(void *)db;
}

/* libpq's messages have several lines. */
static struct err *failed(struct pgsql *p, const PGresult *r)
{
	const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	AUTO(free)
	char *text = str_trimmed(primary != NULL ? primary : PQerrorMessage(p->connection));

	for (char *c = text; *c != '\0'; c++)
		*c = *c == '\n' || *c == '\t' ? ' ' : *c;
	p->broken = true;
	return err_new(ERR_IO, "PostgreSQL: %s", text);
}

static struct err *check_sent(struct pgsql *p, int sent)
{
	return sent == 1 ? NULL : failed(p, NULL);
}

/* --- reading what was sent */

static bool is_good(const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static int64_t number_of(const PGresult *r, int row, int column)
{
	uint64_t n = 0;

	if (PQgetlength(r, row, column) == (int)sizeof(n))
		memcpy(&n, PQgetvalue(r, row, column), sizeof(n));
	return (int64_t)be64toh(n);
}

/* The result of the oldest statement that was not read; a NULL follows each. */
static struct err *read_one(struct pgsql *p, PGresult **out)
{
	PGresult *r = PQgetResult(p->connection);

	if (!is_good(r)) {
		struct err *e = failed(p, r);

		PQclear(r);
		return e;
	}
	p->unread--;
	(void)PQgetResult(p->connection);
	if (p->number_is_next > 0 && --p->number_is_next == 0)
		p->transaction = number_of(r, 0, 0);
	*out = r;
	return NULL;
}

/* All but the last `keep`. */
static struct err *read_past(struct pgsql *p, size_t keep)
{
	while (p->unread > keep) {
		PGresult *r = NULL;

		TRY(read_one(p, &r));
		PQclear(r);
	}
	return NULL;
}

static struct err *read_sync(struct pgsql *p)
{
	PGresult *r = PQgetResult(p->connection);
	struct err *e = PQresultStatus(r) == PGRES_PIPELINE_SYNC ? NULL : failed(p, r);

	PQclear(r);
	return e;
}

/* --- sending */

static Oid oid_of(enum db_kind kind)
{
	static const Oid oids[] = {
		[DB_INT] = OID_INT8, [DB_TEXT] = OID_TEXT, [DB_BYTES] = OID_BYTEA
	};

	return oids[kind];
}

static struct err *prepare(struct pgsql *p, const char **name, const char *sql,
			   const struct db_value *values, size_t count)
{
	Oid types[VALUES_MAX];

	*name = prepared_find(&p->statements, sql);
	if (*name != NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		types[i] = oid_of(values[i].kind);
	char *made = str_fmt("s%zu", p->statements.count);

	prepared_add(&p->statements, sql, made);
	*name = made;
	TRY(check_sent(p, PQsendPrepare(p->connection, made, sql, (int)count, types)));
	p->unread++;
	return NULL;
}

static struct err *send_statement(struct pgsql *p, const char *sql, const struct db_value *values,
				  size_t count)
{
	const char *data[VALUES_MAX];
	int lengths[VALUES_MAX], formats[VALUES_MAX];
	uint64_t numbers[VALUES_MAX];
	const char *name;

	if (count > VALUES_MAX)
		return err_new(ERR_INTERNAL, "%zu values for: %s", count, sql);
	TRY(prepare(p, &name, sql, values, count));
	for (size_t i = 0; i < count; i++) {
		const struct db_value *v = &values[i];

		numbers[i] = htobe64((uint64_t)v->number);
		data[i] = v->kind == DB_INT ? (const char *)&numbers[i] : v->data;
		lengths[i] = v->kind == DB_INT ? (int)sizeof(numbers[i]) : (int)v->len;
		formats[i] = 1;
	}
	TRY(check_sent(p, PQsendQueryPrepared(p->connection, name, (int)count, data, lengths,
					      formats, 1)));
	p->unread++;
	return NULL;
}

static void finish(struct db *db)
{
	struct pgsql *p = pgsql_of(db);

	PQclear(p->result);
	p->result = NULL;
}

/* Outside of a transaction each statement is one by itself, which a sync ends. */
static struct err *start(struct db *db, const char *sql, const struct db_value *values,
			 size_t count)
{
	struct pgsql *p = pgsql_of(db);

	finish(db);
	TRY(send_statement(p, sql, values, count));
	if (p->in_transaction)
		TRY(check_sent(p, PQsendFlushRequest(p->connection)));
	else
		TRY(check_sent(p, PQpipelineSync(p->connection)));
	if (PQflush(p->connection) != 0)
		return failed(p, NULL);
	TRY(read_past(p, 1));
	TRY(read_one(p, &p->result));
	p->row = -1;
	return p->in_transaction ? NULL : read_sync(p);
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
	struct pgsql *p = pgsql_of(db);

	finish(db);
	return send_statement(p, sql, values, count);
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

	return number_of(p->result, p->row, column);
}

/* --- transactions */

/*
 * READ COMMITTED: what is read after the lock was got is what its last holder left. The lock keeps the writers of other
 * processes out until this one has committed.
 */
static struct err *begin(struct db *db)
{
	static const char start_it[] = "BEGIN ISOLATION LEVEL READ COMMITTED";
	static const char lock[] = "SELECT pg_advisory_xact_lock(4920813372064517)";
	static const char number[] = "SELECT pg_current_xact_id()::text::bigint";
	struct pgsql *p = pgsql_of(db);

	p->in_transaction = true;
	p->transaction = 0;
	TRY(exec(db, start_it, DB_NO_VALUES));
	TRY(exec(db, lock, DB_NO_VALUES));
	TRY(exec(db, number, DB_NO_VALUES));
	p->number_is_next = p->unread;
	return NULL;
}

static struct err *end(struct db *db, const char *sql, const char *tag)
{
	struct pgsql *p = pgsql_of(db);
	PGresult *r = NULL;

	TRY(exec(db, sql, DB_NO_VALUES));
	TRY(check_sent(p, PQpipelineSync(p->connection)));
	TRY(read_past(p, 1));
	TRY(read_one(p, &r));
	bool done = streq(PQcmdStatus(r), tag);
	struct err *e = done ? NULL : failed(p, r);

	PQclear(r);
	p->in_transaction = false;
	return e != NULL ? e : read_sync(p);
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
	struct pgsql *p = pgsql_of(db);

	if (!p->broken)
		err_ignore(end(db, sql, "ROLLBACK"));
}

static int64_t in_doubt(struct db *db)
{
	const struct pgsql *p = pgsql_of(db);

	return p->committing ? p->transaction : 0;
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

	return !p->broken && PQstatus(p->connection) == CONNECTION_OK;
}

/* Several statements in one message: the simple protocol, which pipeline mode does not have. */
static struct err *simple(struct pgsql *p, const char *sql)
{
	PGresult *r = PQexec(p->connection, sql);
	struct err *e = is_good(r) ? NULL : failed(p, r);

	PQclear(r);
	return e;
}

static struct err *script(struct db *db, const char *sql)
{
	struct pgsql *p = pgsql_of(db);

	finish(db);
	TRY(check_sent(p, PQpipelineSync(p->connection)));
	TRY(read_past(p, 0));
	TRY(read_sync(p));
	TRY(check_sent(p, PQexitPipelineMode(p->connection)));
	TRY(simple(p, sql));
	return check_sent(p, PQenterPipelineMode(p->connection));
}

static void close_pgsql(struct db *db)
{
	struct pgsql *p = pgsql_of(db);

	finish(db);
	for (size_t i = 0; i < p->statements.size; i++)
		free(p->statements.slots[i].statement);
	prepared_release(&p->statements);
	PQfinish(p->connection);
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
 * does not go on is thrown out.
 */
static struct err *set_up(struct pgsql *p)
{
	static const char sql[] =
		"SELECT set_config('synchronous_commit', 'on', false) "
		"WHERE current_setting('synchronous_commit') = 'off';"
		"SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '30s'";
	const char *encoding = PQparameterStatus(p->connection, "server_encoding");

	if (PQserverVersion(p->connection) < OLDEST)
		return err_new(ERR_CONFIG, "PostgreSQL 13 or newer is needed, the server is %s",
			       PQparameterStatus(p->connection, "server_version"));
	if (encoding == NULL || !streq(encoding, "UTF8"))
		return err_new(ERR_CONFIG,
			       "database %s has the encoding %s: make one with ENCODING 'UTF8'",
			       PQdb(p->connection), encoding);
	TRY(simple(p, sql));
	return check_sent(p, PQenterPipelineMode(p->connection));
}

static struct err *open_pgsql(struct db **out, const char *where)
{
	struct pgsql *p = xcalloc(1, sizeof(*p));
	AUTO(db_close) struct db *db = &p->db;

	p->db.ops = &pgsql_driver;
	p->connection = connect_to(where);
	if (PQstatus(p->connection) != CONNECTION_OK)
		return failed(p, NULL);
	(void)PQsetNoticeProcessor(p->connection, drop_notice, NULL);
	TRY(set_up(p));
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
	.next = next,
	.int_at = int_at,
	.bytes_at = bytes_at,
	.finish = finish,
	.script = script,
	.usable = usable,
};
