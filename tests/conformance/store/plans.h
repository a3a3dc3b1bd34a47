/*
 * How the database carries out the statements that it was given since the last look: whatever the store asks has to be found by an
 * index, for what walks through a table costs more the more is stored.
 */
#pragma once

#include <libpq-fe.h>
#include <sqlite3.h>

#include "bench.h"

/* From the hooks of the libraries' functions: a statement is known from now on. */
void plans_note_sqlite(sqlite3_stmt *statement);
void plans_note_pgsql(const char *sql, const Oid *types, int count);

/* The first one that walks, and its plan; NULL: none does. The caller's. PostgreSQL's are explained now, if there is a store. */
char *plans_walking(const struct bench *b);
