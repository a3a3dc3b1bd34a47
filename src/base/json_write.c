#include "base/json_write.h"

#include <string.h>

static bool is_bare(unsigned char c)
{
	return c >= ' ' && c != '"' && c != '\\';
}

static void add_escaped(struct buf *out, unsigned char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* each with what stands for it */

	for (size_t i = 0; i + 1 < sizeof(letters) - 1; i += 2) {
		if ((unsigned char)letters[i] == c) {
			buf_add(out, (char[]){ '\\', letters[i + 1] }, 2);
			return;
		}
	}
	buf_addf(out, "\\u%04X", c);
}

static void write_string(struct buf *out, const char *text, size_t len)
{
	size_t from = 0;

	buf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (is_bare((unsigned char)text[i]))
			continue;
		buf_add(out, text + from, i - from);
		add_escaped(out, (unsigned char)text[i]);
		from = i + 1;
	}
	buf_add(out, text + from, len - from);
	buf_addc(out, '"');
}

/* jansson goes through no object that is const. */
static void write_object(struct buf *out, const json_t *value)
{
	json_t *object = (json_t *)(uintptr_t)value;
	const char *between = "{";

	for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
		const char *key = json_object_iter_key(i);

		buf_addc(out, *between);
		between = ",";
		write_string(out, key, strlen(key));
		buf_addc(out, ':');
		json_write(out, json_object_iter_value(i));
	}
	buf_adds(out, *between == '{' ? "{}" : "}");
}

static void write_array(struct buf *out, const json_t *array)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			buf_addc(out, ',');
		json_write(out, json_array_get(array, i));
	}
	buf_addc(out, ']');
}

/* jansson alone knows the shortest way to write a fraction. */
static void write_real(struct buf *out, const json_t *real)
{
	AUTO(free) char *text = json_dumps(real, JSON_ENCODE_ANY | JSON_COMPACT);

	if (text == NULL)
		abort();
	buf_adds(out, text);
}

void json_write(struct buf *out, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		write_object(out, value);
		break;
	case JSON_ARRAY:
		write_array(out, value);
		break;
	case JSON_STRING:
		write_string(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		buf_addn(out, json_integer_value(value));
		break;
	case JSON_REAL:
		write_real(out, value);
		break;
	case JSON_TRUE:
		buf_adds(out, "true");
		break;
	case JSON_FALSE:
		buf_adds(out, "false");
		break;
	case JSON_NULL:
		buf_adds(out, "null");
		break;
	}
}
