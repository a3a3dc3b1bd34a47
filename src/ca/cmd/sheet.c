#include "ca/cmd/sheet.h"

#include "base/clock.h"

enum { NAME_WIDTH = 12, LINE_MAX = 2000 };

struct sheet {
	FILE *out;
	json_t *object; /* NULL: for people */
};

struct sheet *sheet_new(FILE *out, bool json)
{
	struct sheet *s = xcalloc(1, sizeof(*s));

	s->out = out;
	s->object = json ? json_object() : NULL;
	return s;
}

void sheet_free(struct sheet *s)
{
	if (s == NULL)
		return;
	AUTO(free) char *text = s->object != NULL ? json_compact(s->object) : xstrdup("");

	(void)fprintf(s->out, "%s\n", text);
	json_decref(s->object);
	free(s);
}

static void print(const struct sheet *s, const char *name, const char *text)
{
	AUTO(free) char *shown = str_printable(text, LINE_MAX);

	(void)fprintf(s->out, "%-*s %s\n", NAME_WIDTH, name, shown);
}

void sheet_text(struct sheet *s, const char *name, const char *text)
{
	if (text == NULL)
		return;
	if (s->object != NULL)
		(void)json_object_set_new(s->object, name, json_string(text));
	else
		print(s, name, text);
}

void sheet_number(struct sheet *s, const char *name, int64_t number)
{
	AUTO(free) char *text = str_fmt("%lld", (long long)number);

	if (s->object != NULL)
		(void)json_object_set_new(s->object, name, json_integer(number));
	else
		print(s, name, text);
}

void sheet_time(struct sheet *s, const char *name, time_t when)
{
	AUTO(free) char *text = when != 0 ? time_rfc3339(when) : NULL;

	sheet_text(s, name, text);
}

void sheet_list(struct sheet *s, const char *name, const struct strlist *l)
{
	AUTO(free) char *joined = strlist_join(l, ", ");

	if (l->count == 0)
		return;
	if (s->object == NULL) {
		print(s, name, joined);
		return;
	}
	json_t *array = json_array();

	for (size_t i = 0; i < l->count; i++)
		(void)json_array_append_new(array, json_string(l->items[i]));
	(void)json_object_set_new(s->object, name, array);
}

void sheet_stored(struct sheet *s, const char *name, const char *json, const struct strlist *lines)
{
	if (s->object != NULL && json != NULL)
		(void)json_object_set_new(s->object, name, json_loads(json, 0, NULL));
	for (size_t i = 0; s->object == NULL && i < lines->count; i++)
		print(s, i == 0 ? name : "", lines->items[i]);
}
