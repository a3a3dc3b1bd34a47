/*
 * Statements under way over one connection to PostgreSQL: they are sent without waiting, and results are read when somebody has to
 * wait anyway. What will be read soon can be looked for ahead, so that many reads share one round trip.
 *
 * After an error it is broken: what is still under way is nobody's business, only a new connection helps.
 */
#pragma once

#include <libpq-fe.h>

#include "ca/store/db.h"
#include "ca/store/prepared.h"

struct look;

enum sent_kind { SENT_CHANGE, SENT_LOOK, SENT_NUMBER, SENT_SYNC };

struct pipeline {
	PGconn *connection; /* in pipeline mode; not owned */
	struct prepared statements;
	bool broken, unflushed;
	int64_t number;       /* what pipeline_ask_number got; 0: not known yet */
	enum sent_kind *sent; /* whose results were not read, from sent_first on */
	size_t sent_first, sent_count, sent_room;
	struct look *looks; /* from look_first on: not taken yet */
	size_t look_first, look_count, look_room;
	size_t looks_gone; /* of all that ever were: before looks[0] */
	size_t looks_flushed,
		looks_read; /* of all that ever were: on their way to the server; with a result */
};

/* The error that the connection has or, when r is not NULL, that r has; breaks. */
struct err *pipeline_failed(struct pipeline *p, const PGresult *r);
MUST_CHECK struct err *pipeline_check(struct pipeline *p, int sent);

/* Its result is nobody's. */
MUST_CHECK struct err *pipeline_send(struct pipeline *p, const char *sql,
				     const struct db_value *values, size_t count);
/* A statement whose result is one number. */
MUST_CHECK struct err *pipeline_ask_number(struct pipeline *p, const char *sql);
/* A pipeline_read of the same will follow. again: one was sent already and is not taken yet. */
MUST_CHECK struct err *pipeline_look(struct pipeline *p, bool *again, const char *sql,
				     const struct db_value *values, size_t count);
/* What was looked for and not read is dropped. */
void pipeline_forget(struct pipeline *p);
/* The caller's result: that of the first look for the same, or else of now. */
MUST_CHECK struct err *pipeline_read(struct pipeline *p, PGresult **out, const char *sql,
				     const struct db_value *values, size_t count);
/* 0 where there is none. */
int64_t pipeline_number_at(const PGresult *r, int row, int column);
/* Nothing is under way afterwards. */
MUST_CHECK struct err *pipeline_drain(struct pipeline *p);

void pipeline_release(struct pipeline *p);
