/*
 * One connection to a database, synchronous: what the operations are written against. A driver is one const struct db_ops.
 *
 * The SQL is the same for all drivers: parameters $1, $2 ... numbered as they first appear, integers are BIGINT, no NULLs. A text
 * is prepared once a connection and known by its address, so it has to be static.
 *
 * A result lasts until its last row was passed or the next start, exec, commit, rollback or finish; so must what the values of
 * its statement point to. An error leaves the transaction to be rolled back.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

struct buf;
struct db;

enum db_kind { DB_INT, DB_TEXT, DB_BYTES };

struct db_value {
	enum db_kind kind;
	int64_t number;
	const void *data;
	size_t len;
};

/* The arguments of one statement: two arguments of the function. */
#define DB_VALUES(...)                              \
	((const struct db_value[]){ __VA_ARGS__ }), \
		ARRAY_LEN(((const struct db_value[]){ __VA_ARGS__ }))
#define DB_NO_VALUES NULL, 0

struct db_value db_int(int64_t n);
struct db_value db_text(const char *s); /* NULL is stored as '' */
struct db_value db_bytes(const void *data, size_t len);

struct db_ops {
	const char *name;
	/* How the words %id (a primary key), %text, %bytes and %keyed (a table that is its primary key's index) of schema/ are
	 * spelled here. */
	const char *id_type, *text_type, *bytes_type, *keyed_table;
	bool reads_inline; /* a read by key takes microseconds: not worth another thread */

	/* Once, before the first open: a database that is lost later is not replaced by an empty one. NULL: nothing to do. */
	struct err *(*set_up)(const char *where);
	/* where: a path or a connection string. */
	struct err *(*open)(struct db **out, const char *where);
	void (*close)(struct db *db);
	/* One writer at a time, also of other processes. */
	struct err *(*begin)(struct db *db);
	/* On the disk when it returns. */
	struct err *(*commit)(struct db *db);
	void (*rollback)(struct db *db);
	/* NULL: never in doubt. The transaction whose commit failed when it may have been done already; 0: it was not done. */
	int64_t (*in_doubt)(struct db *db);
	/* Asked of a new connection. */
	struct err *(*was_committed)(struct db *db, bool *yes, int64_t transaction);
	struct err *(*exec)(struct db *db, const char *sql, const struct db_value *values,
			    size_t count);
	struct err *(*start)(struct db *db, const char *sql, const struct db_value *values,
			     size_t count);
	/* NULL: nothing is gained by it. A start of the same will follow: it is sent now, and answered beside others. again: one is
	 * under way already. What was sent ahead is forgotten at the end of the transaction. */
	struct err *(*ahead)(struct db *db, bool *again, const char *sql,
			     const struct db_value *values, size_t count);
	void (*forget)(struct db *db);
	struct err *(*next)(struct db *db, bool *row);
	int64_t (*int_at)(struct db *db, int column);
	const void *(*bytes_at)(struct db *db, int column, size_t *len); /* also of a text */
	void (*finish)(struct db *db);
	/* Several statements, once. */
	struct err *(*script)(struct db *db, const char *sql);
	/* False when only a new connection can help. */
	bool (*usable)(const struct db *db);
};

extern const struct db_ops sqlite_driver, pgsql_driver;

struct db {
	const struct db_ops *ops;
};

MUST_CHECK struct err *db_exec(struct db *db, const char *sql, const struct db_value *values,
			       size_t count);
MUST_CHECK struct err *db_start(struct db *db, const char *sql, const struct db_value *values,
				size_t count);
MUST_CHECK struct err *db_next(struct db *db, bool *row);
/* start and the first row */
MUST_CHECK struct err *db_find(struct db *db, bool *row, const char *sql,
			       const struct db_value *values, size_t count);

int64_t db_int_at(struct db *db, int column);
bool db_bool_at(struct db *db, int column);
char *db_text_at(struct db *db, int column);               /* NULL for '' */
void *db_bytes_at(struct db *db, int column, size_t *len); /* NULL for none */

void db_close(struct db *db);

AUTO_FREE(struct db, db_close)
