/* What `list` and `show` print: rows of named cells, as columns for people or as a JSON object a line. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/mem.h"

struct table;

struct table *table_new(FILE *out, bool json);
/* Aligns and prints what people are shown. */
void table_free(struct table *t);

/* One more cell of the row. NULL, 0 as a time: nothing. Names are the same in each row. */
void table_text(struct table *t, const char *name, const char *text);
void table_number(struct table *t, const char *name, int64_t number);
void table_time(struct table *t, const char *name, time_t when);
void table_end_row(struct table *t);

AUTO_FREE(struct table, table_free)
