/*
 * An operation is tried on a database in which nothing is found, to learn what it will look for. That is sent ahead, so that the
 * operations of a batch do not wait for their reads one after the other.
 */
#pragma once

#include "ca/store/op.h"

/*
 * The operations from `list` on whose reads were sent ahead, up to *end (NULL: all). They may run in this order and see what was
 * there before the first of them: whatever changes a row has looked for it before by the same statement, and an operation that
 * looks for what another one does is not among them.
 */
MUST_CHECK struct err *rehearse_changes(struct op **end, const struct tx *t, struct op *list);
/* Reads do not get into each other's way. */
MUST_CHECK struct err *rehearse_reads(const struct tx *t, struct op *list);
