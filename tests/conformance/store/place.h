/* Where the tested database is: a directory for SQLite, a schema of its own for PostgreSQL. */
#pragma once

#include "bench.h"

/* Sets b->config to an empty database. */
void bench_place(struct bench *b);
void bench_remove_place(struct bench *b);
/* Which of the two: STORE_CONNECTION in the environment is PostgreSQL's. */
bool bench_is_sqlite(void);
/* Drops all tables, also those of the store. */
void place_empty(struct bench *b);
void place_tell_server(const char *sql);
void place_set_schema_version(struct bench *b, int64_t version);
