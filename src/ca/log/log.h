/*
 * The CA's structured log: one line an event, `time level event key=value ...` or JSON. The only place of the CA that
 * prints. Any thread may log. Warnings and errors are written at once, with all that was logged before them; other lines wait for
 * ca_log_flush, so that a busy loop writes once a turn.
 */
#pragma once

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR, LOG_LEVEL_COUNT };

enum log_kind { LOG_KIND_TEXT, LOG_KIND_NUMBER, LOG_KIND_ERROR };

struct log_field {
	const char *key; /* lower case, words by '_' */
	enum log_kind kind;
	const char *text; /* NULL: the field is left out */
	int64_t number;
	const struct err *error;
};

#define LOG_STR(k, v) ((struct log_field){ .key = (k), .kind = LOG_KIND_TEXT, .text = (v) })
#define LOG_NUM(k, v) ((struct log_field){ .key = (k), .kind = LOG_KIND_NUMBER, .number = (int64_t)(v) })
#define LOG_ERR(e) ((struct log_field){ .key = "error", .kind = LOG_KIND_ERROR, .error = (e) })
#define LOG_FIELDS(...)                                       \
	((const struct log_field[]){ __VA_ARGS__ }),          \
		ARRAY_LEN(((const struct log_field[]){ __VA_ARGS__ }))

struct ca_log;

struct log_options {
	const struct clock *clock;
	const char *path; /* NULL: standard error */
	enum log_level level; /* lower ones are dropped */
	bool json;
};

MUST_CHECK struct err *ca_log_new(struct ca_log **out, const struct log_options *o);
/* event is a fixed word such as "order_created". */
void ca_log(struct ca_log *l, enum log_level level, const char *event, const struct log_field *fields, size_t count);
void ca_log_flush(struct ca_log *l);
/* Opens the file anew (it was moved away by a log rotation). */
MUST_CHECK struct err *ca_log_reopen(struct ca_log *l);
void ca_log_free(struct ca_log *l);

AUTO_FREE(struct ca_log, ca_log_free)
