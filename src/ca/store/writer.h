/*
 * The one thread that changes things: it takes what has queued up while the last sync ran, does it in one transaction, syncs once
 * and answers. When a transaction fails its operations run again one by one, so that each fails for its own reasons only.
 */
#pragma once

#include "ca/store/op.h"
#include "ca/store/place.h"

struct writer;

/* Connects, and brings the schema up to date. */
MUST_CHECK struct err *writer_new(struct writer **out, const struct place *place);
/* Takes op. */
void writer_ask(struct writer *w, struct op *op);
/* What was asked is done and answered first. */
void writer_free(struct writer *w);

AUTO_FREE(struct writer, writer_free)
