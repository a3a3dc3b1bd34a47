/*
 * Reads see what was committed, and never wait for the writer. Where a read by key takes microseconds (SQLite) it is done in the
 * asking thread; the others have threads, those by key other ones than those of many rows. What has gathered is read together.
 * Connections are shared: who reads takes one that is idle.
 */
#pragma once

#include "ca/store/op.h"
#include "ca/store/place.h"

struct reader;

MUST_CHECK struct err *reader_new(struct reader **out, const struct place *place);
/* Takes op. */
void reader_ask(struct reader *r, struct op *op);
/* What was asked is done and answered first. */
void reader_free(struct reader *r);

AUTO_FREE(struct reader, reader_free)
