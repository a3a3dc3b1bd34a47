/*
 * JSON on jansson, strict: UTF-8, no duplicate keys, no NUL, bounded bytes and depth, nothing behind the value.
 * Getters name the field in their errors and never accept another type.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

MUST_CHECK struct err *json_parse(json_t **out, const char *text, size_t len, const char *what);

enum json_need {
	JSON_REQUIRED, /* missing or null is ERR_PARSE */
	JSON_OPTIONAL, /* missing or null leaves *out as it was */
};

/* Loans of the object's own strings and values. Another type is ERR_PARSE "field \"x\" is a number, not a string". */
MUST_CHECK struct err *json_get_string(const char **out, const json_t *obj, const char *key, enum json_need need);
MUST_CHECK struct err *json_get_int(int64_t *out, const json_t *obj, const char *key, enum json_need need);
MUST_CHECK struct err *json_get_bool(bool *out, const json_t *obj, const char *key, enum json_need need);
MUST_CHECK struct err *json_get_array(json_t **out, const json_t *obj, const char *key, enum json_need need);
MUST_CHECK struct err *json_get_object(json_t **out, const json_t *obj, const char *key, enum json_need need);
MUST_CHECK struct err *json_get_strings(struct strlist *out, const json_t *obj, const char *key, enum json_need need);

char *json_compact(const json_t *value); /* one line, no spaces */
char *json_spaced(const json_t *value);  /* as Python's json.dumps: ", " and ": ", one line, ASCII */

static inline void json_release(json_t *value)
{
	json_decref(value);
}

AUTO_FREE(json_t, json_release)
