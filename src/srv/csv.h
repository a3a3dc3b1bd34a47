/* Rows as Python's csv module writes and reads them: a checkpoint's undo commands, an argument a field. */
#pragma once

#include "base/buf.h"
#include "base/str.h"

void csv_add_row(struct buf *out, const char *const *fields); /* NULL-ended; ends by CR LF */
/* The row at *at, which moves behind it; false: there is none. Nothing is refused, as there. */
bool csv_read_row(struct strlist *out, const char *text, size_t *at);
