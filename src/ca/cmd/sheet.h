/* One object whole, as `show` prints it: a line a fact for people, or a JSON object in a line. */
#pragma once

#include <stdio.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

struct sheet;

struct sheet *sheet_new(FILE *out, bool json);
/* Prints what JSON has gathered; people have an empty line between two. */
void sheet_free(struct sheet *s);

/* NULL, 0 as a time, an empty list: left out. */
void sheet_text(struct sheet *s, const char *name, const char *text);
void sheet_number(struct sheet *s, const char *name, int64_t number);
void sheet_time(struct sheet *s, const char *name, time_t when);
void sheet_list(struct sheet *s, const char *name, const struct strlist *l);
/* Stored JSON; people get a line of `lines` each instead. */
void sheet_stored(struct sheet *s, const char *name, const char *json, const struct strlist *lines);

AUTO_FREE(struct sheet, sheet_free)
