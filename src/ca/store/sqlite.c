#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "ca/store/db.h"
#include "ca/store/prepared.h"

struct sqlite {
	struct db db;
	sqlite3 *handle;
	struct prepared statements;
	sqlite3_stmt *current; /* whose result is being read */
	bool writes;           /* it has begun a transaction once */
	bool broken;
};

static struct sqlite *sqlite_of(struct db *db)
{
	return (struct sqlite *)(void *)db;
}

/*
 * Errors after which only opening anew can help. SQLITE_IOERR is none: after a sync that failed the log ends with a transaction
 * that is not committed. The next one of this connection overwrites it; a new connection would take it for committed.
 */
static bool breaks(int code)
{
	static const int codes[] = { SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN,
				     SQLITE_PROTOCOL, SQLITE_READONLY };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if ((code & 0xff) == codes[i])
			return true;
	return false;
}

static struct err *failed(struct sqlite *s, int code)
{
	struct err *e = err_new(ERR_IO, "SQLite: %s", sqlite3_errmsg(s->handle));

	if (breaks(code))
		s->broken = true;
	return e;
}

static struct err *check(struct sqlite *s, int code)
{
	return code == SQLITE_OK ? NULL : failed(s, code);
}

/* SQLite numbers $1, $2 ... as they appear, not by their digits. */
static struct err *check_parameters(sqlite3_stmt *statement, const char *sql)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
		AUTO(free) char *name = str_fmt("$%d", i);

		if (!streq(name, sqlite3_bind_parameter_name(statement, i)))
			return err_new(ERR_INTERNAL,
				       "parameter %d is not the %dth to appear in: %s", i, i, sql);
	}
	return NULL;
}

static struct err *prepare(struct sqlite *s, sqlite3_stmt **out, const char *sql)
{
	*out = prepared_find(&s->statements, sql);
	if (*out != NULL)
		return NULL;
	TRY(check(s, sqlite3_prepare_v3(s->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL)));
	prepared_add(&s->statements, sql, *out);
	return check_parameters(*out, sql);
}

static int bind_one(sqlite3_stmt *statement, int at, const struct db_value *v)
{
	switch (v->kind) {
	case DB_INT:
		return sqlite3_bind_int64(statement, at, v->number);
	case DB_TEXT:
		return sqlite3_bind_text64(statement, at, v->data, v->len, SQLITE_STATIC,
					   SQLITE_UTF8);
	case DB_BYTES:
		return sqlite3_bind_blob64(statement, at, v->data, v->len, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

static struct err *bind_all(struct sqlite *s, sqlite3_stmt *statement,
			    const struct db_value *values, size_t count)
{
	if (sqlite3_bind_parameter_count(statement) != (int)count)
		return err_new(ERR_INTERNAL, "%zu values for: %s", count, sqlite3_sql(statement));
	for (size_t i = 0; i < count; i++)
		TRY(check(s, bind_one(statement, (int)i + 1, &values[i])));
	return NULL;
}

static void finish(struct db *db)
{
	struct sqlite *s = sqlite_of(db);

	if (s->current != NULL)
		(void)sqlite3_reset(s->current);
	s->current = NULL;
}

static struct err *start(struct db *db, const char *sql, const struct db_value *values,
			 size_t count)
{
	struct sqlite *s = sqlite_of(db);
	sqlite3_stmt *statement = NULL;

	finish(db);
	TRY(prepare(s, &statement, sql));
	TRY(bind_all(s, statement, values, count));
	s->current = statement;
	return NULL;
}

static struct err *next(struct db *db, bool *row)
{
	struct sqlite *s = sqlite_of(db);
	int code = sqlite3_step(s->current);

	*row = code == SQLITE_ROW;
	if (code == SQLITE_ROW)
		return NULL;
	struct err *e = code == SQLITE_DONE ? NULL : failed(s, code);

	finish(db);
	return e;
}

static struct err *exec(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
	bool row = true;

	TRY(start(db, sql, values, count));
	while (row)
		TRY(next(db, &row));
	return NULL;
}

static int64_t int_at(struct db *db, int column)
{
	return sqlite3_column_int64(sqlite_of(db)->current, column);
}

static const void *bytes_at(struct db *db, int column, size_t *len)
{
	sqlite3_stmt *statement = sqlite_of(db)->current;
	const void *data = sqlite3_column_blob(statement, column);

	*len = (size_t)sqlite3_column_bytes(statement, column);
	return data;
}

static struct err *script(struct db *db, const char *sql)
{
	struct sqlite *s = sqlite_of(db);

	finish(db);
	return check(s, sqlite3_exec(s->handle, sql, NULL, NULL, NULL));
}

/* What is written to a file without a name is gone with the process. Put back, it goes on; another one in its place needs a restart. */
static struct err *check_place(struct sqlite *s)
{
	int moved = 0;

	if (sqlite3_file_control(s->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
	    moved != 0)
		return err_new(ERR_IO, "%s was moved or removed",
			       sqlite3_db_filename(s->handle, "main"));
	return NULL;
}

static struct err *begin(struct db *db)
{
	static const char sql[] = "BEGIN IMMEDIATE";
	struct sqlite *s = sqlite_of(db);

	TRY(check_place(s));

	/* The pages that others have read are worth nothing after each commit; those of the one writer stay. */
	if (!s->writes)
		TRY(script(db, "PRAGMA cache_size = -32768"));
	s->writes = true;
	return exec(db, sql, DB_NO_VALUES);
}

static struct err *commit(struct db *db)
{
	static const char sql[] = "COMMIT";

	return exec(db, sql, DB_NO_VALUES);
}

static void rollback(struct db *db)
{
	static const char sql[] = "ROLLBACK";
	struct sqlite *s = sqlite_of(db);

	finish(db);
	if (sqlite3_get_autocommit(s->handle) != 0)
		return; /* SQLite did it already */
	struct err *e = exec(db, sql, DB_NO_VALUES);

	s->broken = s->broken || e != NULL;
	err_ignore(e);
}

static bool usable(const struct db *db)
{
	return !((const struct sqlite *)(const void *)db)->broken;
}

static void close_sqlite(struct db *db)
{
	struct sqlite *s = sqlite_of(db);

	for (size_t i = 0; i < s->statements.size; i++)
		(void)sqlite3_finalize(s->statements.slots[i].statement);
	prepared_release(&s->statements);
	(void)sqlite3_close(s->handle);
	free(s);
}

/* Root makes the file for whom the server runs as: with the directory's owner, or the server could not write to it. */
static struct err *give_to_owner_of_directory(int fd, const char *path)
{
	AUTO(free) char *dir = fs_parent(path);
	struct stat owner;

	if (geteuid() != 0)
		return NULL;
	if (stat(dir, &owner) != 0)
		return err_errno(errno, "%s", dir);
	if (fchown(fd, owner.st_uid, owner.st_gid) != 0)
		return err_errno(errno, "giving %s to the owner of %s", path, dir);
	return NULL;
}

/*
 * The database has secrets (external account keys): others may not read it. SQLite's own files get the mode of this one.
 * O_EXCL: a file that is there is not opened, for closing it would drop the locks of this process's other connections.
 */
static struct err *make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);

	if (fd < 0 && errno == EEXIST)
		return NULL;
	if (fd < 0)
		return err_errno(errno, "making %s", path);
	struct err *e = give_to_owner_of_directory(fd, path);

	fd_close(fd);
	return e;
}

/* Its statistics would take a lock of all threads for each allocation. Refused, and no harm, once the library is in use. */
static struct err *set_up(const char *path)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	return make_file(path);
}

static struct err *refuse_foreign(struct db *db, const char *path)
{
	static const char tables[] =
		"SELECT count(*), count(CASE name WHEN 'schema_version' THEN 1 END) FROM sqlite_master WHERE type = 'table'";
	bool row = false;

	TRY(db_find(db, &row, tables, DB_NO_VALUES));
	bool foreign = row && db_int_at(db, 0) > 0 && db_int_at(db, 1) == 0;

	finish(db);
	return foreign
		     ? err_new(ERR_CONFIG,
			       "%s has the tables of another program; give signet-ca a file of its own",
			       path)
		     : NULL;
}

static struct err *set_up_connection(struct db *db, const char *path)
{
	static const char journal[] = "PRAGMA journal_mode = WAL";
	struct sqlite *s = sqlite_of(db);
	bool row = false;

	TRY(check(s, sqlite3_extended_result_codes(s->handle, 1)));
	TRY(check(s, sqlite3_busy_timeout(s->handle, LIMIT_STORE_WAIT_MS)));
	TRY(refuse_foreign(db, path));
	TRY(start(db, journal, DB_NO_VALUES));
	TRY(next(db, &row));
	AUTO(free) char *mode = row ? db_text_at(db, 0) : NULL;

	if (mode == NULL || !streq(mode, "wal"))
		return err_new(ERR_CONFIG,
			       "no write-ahead log can be kept beside %s: use a local file system",
			       path);
	return script(db, "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
			  "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864");
}

static struct err *open_sqlite(struct db **out, const char *path)
{
	struct sqlite *s = xcalloc(1, sizeof(*s));
	AUTO(db_close) struct db *db = &s->db;

	s->db.ops = &sqlite_driver;
	TRY_WRAP(check(s, sqlite3_open_v2(path, &s->handle,
					  SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)),
		 "opening %s", path);
	TRY_WRAP(set_up_connection(db, path), "opening %s", path);
	*out = MOVE(db);
	return NULL;
}

const struct db_ops sqlite_driver = {
	.name = "sqlite",
	.id_type = "INTEGER NOT NULL PRIMARY KEY",
	.text_type = "TEXT",
	.bytes_type = "BLOB",
	.keyed_table = "WITHOUT ROWID",
	.reads_inline = true,
	.set_up = set_up,
	.open = open_sqlite,
	.close = close_sqlite,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.exec = exec,
	.start = start,
	.next = next,
	.int_at = int_at,
	.bytes_at = bytes_at,
	.finish = finish,
	.script = script,
	.usable = usable,
};
