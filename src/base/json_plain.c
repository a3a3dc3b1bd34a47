#include "base/json_plain.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

#define KEY_MAX 63

struct cursor {
	const char *at, *end;
	unsigned depth;
};

static json_t *read_value(struct cursor *c);

static void skip_space(struct cursor *c)
{
	while (c->at < c->end &&
	       (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
		c->at++;
}

/* This character next, behind white space. */
static bool take(struct cursor *c, char wanted)
{
	skip_space(c);
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

/* Behind the opening quote: lent. */
static bool take_string(struct cursor *c, const char **text, size_t *len)
{
	*text = c->at;
	while (c->at < c->end && is_plain(*c->at))
		c->at++;
	*len = (size_t)(c->at - *text);
	return c->at < c->end && *c->at++ == '"';
}

static json_t *read_string(struct cursor *c)
{
	const char *text = NULL;
	size_t len = 0;

	return take_string(c, &text, &len) ? json_stringn_nocheck(text, len) : NULL;
}

static bool read_member(json_t *object, struct cursor *c)
{
	const char *text = NULL;
	char key[KEY_MAX + 1] = "";
	size_t len = 0;

	if (!take(c, '"') || !take_string(c, &text, &len) || len > KEY_MAX)
		return false;
	memcpy(key, text, len);
	return json_object_get(object, key) == NULL && take(c, ':') &&
	       json_object_set_new_nocheck(object, key, read_value(c)) == 0;
}

static bool read_item(json_t *array, struct cursor *c)
{
	return json_array_append_new(array, read_value(c)) == 0;
}

/* Behind the opening bracket. */
static json_t *read_list(struct cursor *c, json_t *list, bool (*read)(json_t *, struct cursor *),
			 char end)
{
	AUTO(json_release) json_t *owned = list;

	if (++c->depth > LIMIT_JSON_DEPTH)
		return NULL;
	bool closed = take(c, end);

	while (!closed) {
		if (!read(owned, c))
			return NULL;
		closed = take(c, end);
		if (!closed && !take(c, ','))
			return NULL;
	}
	c->depth--;
	return MOVE(owned);
}

static json_t *read_word(struct cursor *c)
{
	static const struct {
		const char *word;
		json_t *(*value)(void);
	} rows[] = { { "true", json_true }, { "false", json_false }, { "null", json_null } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].word);

		if ((size_t)(c->end - c->at) < len || memcmp(c->at, rows[i].word, len) != 0)
			continue;
		c->at += len;
		return rows[i].value();
	}
	return NULL;
}

static json_t *read_value(struct cursor *c)
{
	if (take(c, '"'))
		return read_string(c);
	if (take(c, '{'))
		return read_list(c, json_object(), read_member, '}');
	if (take(c, '['))
		return read_list(c, json_array(), read_item, ']');
	return read_word(c);
}

json_t *json_plain(const char *text, size_t len)
{
	struct cursor c = { text, text + len, 0 };
	AUTO(json_release) json_t *value = read_value(&c);

	skip_space(&c);
	if (c.at != c.end || (!json_is_object(value) && !json_is_array(value)))
		return NULL;
	return MOVE(value);
}
