#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/json_plain.h"
#include "base/json_write.h"
#include "base/limits.h"

static const char *const type_names[] = {
	[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",  [JSON_STRING] = "a string",
	[JSON_INTEGER] = "a number", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
	[JSON_FALSE] = "false",      [JSON_NULL] = "null",
};
static_assert(ARRAY_LEN(type_names) == JSON_NULL + 1, "a name for each JSON type");

static const char *type_name(const json_t *value)
{
	return value != NULL ? type_names[json_typeof(value)] : "nothing";
}

/* jansson recurses for each level, so the depth is known before it starts. Brackets within strings do not count. */
static struct err *check_depth(const char *text, size_t len, const char *what)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			if (++depth > LIMIT_JSON_DEPTH)
				return err_new(ERR_LIMIT, "%s: JSON nested deeper than %d levels",
					       what, LIMIT_JSON_DEPTH);
		} else if ((c == ']' || c == '}') && depth > 0) {
			depth--;
		}
	}
	return NULL;
}

struct err *json_parse(json_t **out, const char *text, size_t len, const char *what)
{
	json_error_t error;

	if (len > LIMIT_JSON_BYTES)
		return err_new(ERR_LIMIT, "%s: JSON larger than %zu bytes", what, LIMIT_JSON_BYTES);
	json_t *value = json_plain(text, len);

	if (value == NULL) {
		TRY(check_depth(text, len, what));
		value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	}
	if (value == NULL) {
		AUTO(free) char *reason = str_printable(error.text, sizeof(error.text));

		return err_new(ERR_PARSE, "%s: not JSON (line %d, column %d): %s", what, error.line,
			       error.column, reason);
	}
	*out = value;
	return NULL;
}

/* *out NULL: an optional field that is not there. */
static struct err *find(const json_t **out, const json_t *obj, const char *key, enum json_need need)
{
	if (!json_is_object(obj))
		return err_new(ERR_PARSE, "%s where an object with \"%s\" is expected",
			       type_name(obj), key);
	const json_t *value = json_object_get(obj, key);

	if (json_is_null(value))
		value = NULL;
	if (value == NULL && need == JSON_REQUIRED)
		return err_new(ERR_PARSE, "field \"%s\" is missing", key);
	*out = value;
	return NULL;
}

static struct err *wrong_type(const char *key, const json_t *value, const char *wanted)
{
	return err_new(ERR_PARSE, "field \"%s\" is %s, not %s", key, type_name(value), wanted);
}

struct err *json_get_string(const char **out, const json_t *obj, const char *key,
			    enum json_need need)
{
	const json_t *value = NULL;

	TRY(find(&value, obj, key, need));
	if (value == NULL)
		return NULL;
	if (!json_is_string(value))
		return wrong_type(key, value, "a string");
	*out = json_string_value(value);
	return NULL;
}

struct err *json_get_int(int64_t *out, const json_t *obj, const char *key, enum json_need need)
{
	const json_t *value = NULL;

	TRY(find(&value, obj, key, need));
	if (value == NULL)
		return NULL;
	if (!json_is_integer(value))
		return wrong_type(key, value, "a whole number");
	*out = json_integer_value(value);
	return NULL;
}

struct err *json_get_bool(bool *out, const json_t *obj, const char *key, enum json_need need)
{
	const json_t *value = NULL;

	TRY(find(&value, obj, key, need));
	if (value == NULL)
		return NULL;
	if (!json_is_boolean(value))
		return wrong_type(key, value, "true or false");
	*out = json_is_true(value);
	return NULL;
}

/* The value itself, lent by the object: jansson's accessors of it take a json_t that is not const. */
static struct err *get_container(json_t **out, const json_t *obj, const char *key,
				 enum json_need need, json_type type)
{
	const json_t *value = NULL;

	TRY(find(&value, obj, key, need));
	if (value == NULL)
		return NULL;
	if (json_typeof(value) != type)
		return wrong_type(key, value, type_names[type]);
	*out = json_object_get(obj, key);
	return NULL;
}

struct err *json_get_array(json_t **out, const json_t *obj, const char *key, enum json_need need)
{
	return get_container(out, obj, key, need, JSON_ARRAY);
}

struct err *json_get_object(json_t **out, const json_t *obj, const char *key, enum json_need need)
{
	return get_container(out, obj, key, need, JSON_OBJECT);
}

struct err *json_get_strings(struct strlist *out, const json_t *obj, const char *key,
			     enum json_need need)
{
	AUTO(strlist_release) struct strlist found = { 0 };
	json_t *array = NULL;

	TRY(json_get_array(&array, obj, key, need));
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *value = json_array_get(array, i);

		if (!json_is_string(value))
			return err_new(ERR_PARSE, "item %zu of \"%s\" is %s, not a string", i, key,
				       type_name(value));
		strlist_add(&found, json_string_value(value));
	}
	strlist_add_all(out, &found);
	return NULL;
}

char *json_compact(const json_t *value)
{
	struct buf text = BUF_INIT(SIZE_MAX);

	json_write(&text, value);
	return buf_detach(&text);
}

/* Python writes \u00e9 where jansson writes \u00E9. */
static void lower_escapes(char *text)
{
	while ((text = strchr(text, '\\')) != NULL) {
		if (text[1] == 'u')
			for (int i = 2; i < 6; i++)
				if (text[i] >= 'A' && text[i] <= 'F')
					text[i] = (char)(text[i] - 'A' + 'a');
		text += 2;
	}
}

char *json_spaced(const json_t *value)
{
	char *text = json_dumps(value, JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	if (text == NULL)
		abort(); /* a loop in the value or no memory */
	lower_escapes(text);
	return text;
}
