/* Events as JSON lines on stdout (docs/json.md). */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "client/ui/ui.h"
#include "proto/problem.h"

/* What a peer said need not be UTF-8. */
static json_t *text_value(const char *text)
{
	if (text == NULL)
		return json_null();
	json_t *value = json_string(text);

	if (value != NULL)
		return value;
	AUTO(free) char *visible = str_printable(text, LIMIT_MIB(1));

	return json_string(visible);
}

static json_t *list_value(const struct strlist *l)
{
	json_t *array = json_array();

	for (size_t i = 0; l != NULL && i < l->count; i++)
		json_array_append_new(array, text_value(l->items[i]));
	return array;
}

/* 0: there is no such time. */
static json_t *time_value(time_t t)
{
	if (t == 0)
		return json_null();
	AUTO(free) char *text = time_rfc3339(t);

	return json_string(text);
}

static json_t *error_value(const struct err *e);

static void add_subproblems(json_t *obj, const struct err *e)
{
	while (e != NULL && e->subproblem_count == 0)
		e = e->cause;
	if (e == NULL)
		return;
	json_t *array = json_array();

	for (size_t i = 0; i < e->subproblem_count; i++)
		json_array_append_new(array, error_value(e->subproblems[i]));
	json_object_set_new(obj, "subproblems", array);
}

static json_t *causes_value(const struct err *e)
{
	json_t *array = json_array();

	for (; e != NULL; e = e->cause)
		json_array_append_new(array, text_value(e->msg));
	return array;
}

static const char *hint(const struct err *problem)
{
	const char *type = err_type(problem);
	const struct problem_type *row = type != NULL ? problem_type(type) : NULL;

	return row != NULL ? row->hint : NULL;
}

static void add_problem(json_t *obj, const struct err *problem)
{
	static const struct err none = { 0 };
	const struct err *p = problem != NULL ? problem : &none;

	json_object_set_new(obj, "type", text_value(p->urn));
	json_object_set_new(obj, "detail", text_value(p->detail));
	json_object_set_new(obj, "identifier", text_value(p->identifier));
	json_object_set_new(obj, "hint", text_value(hint(p)));
	json_object_set_new(obj, "http_status", json_integer(p->http_status));
	json_object_set_new(obj, "retry_after", json_integer(p->retry_after_s));
}

static json_t *error_value(const struct err *e)
{
	if (e == NULL)
		return json_null();
	AUTO(free) char *message = err_text(e);
	json_t *obj = json_object();

	json_object_set_new(obj, "message", text_value(message));
	json_object_set_new(obj, "code", json_string(err_code_name(e->code)));
	json_object_set_new(obj, "causes", causes_value(e));
	add_problem(obj, err_problem(e));
	add_subproblems(obj, e);
	return obj;
}

static json_t *field_value(const struct event_field *f)
{
	switch (f->type) {
	case FIELD_STRING:
		return text_value(f->value.string);
	case FIELD_INT:
		return json_integer(f->value.number);
	case FIELD_BOOL:
		return json_boolean(f->value.number != 0);
	case FIELD_LIST:
		return list_value(f->value.list);
	case FIELD_TIME:
		return time_value((time_t)f->value.number);
	case FIELD_ERR:
		return error_value(f->value.err);
	}
	return json_null();
}

static void add_fields(json_t *obj, const struct event_field *fields)
{
	for (const struct event_field *f = fields; f != NULL && f->name != NULL; f++)
		json_object_set_new(obj, f->name, field_value(f));
}

char *json_fields_text(const struct event_field *fields)
{
	AUTO(json_release) json_t *obj = json_object();

	add_fields(obj, fields);
	return json_compact(obj);
}

static bool is_wanted(const struct ui *ui, enum event_level level)
{
	if (ui->o.quiet)
		return level == EVENT_ERROR;
	return level > EVENT_DEBUG || ui->o.verbosity >= 2;
}

void json_show(struct ui *ui, const struct event *e)
{
	if (!is_wanted(ui, e->row->level))
		return;
	AUTO(json_release) json_t *obj = json_object();

	json_object_set_new(obj, "event", json_string(e->row->name));
	json_object_set_new(obj, "level", json_string(event_level_names[e->row->level]));
	json_object_set_new(obj, "time", time_value(ui->o.clock->now(ui->o.clock)));
	add_fields(obj, e->fields);
	if (e->text != NULL)
		json_object_set_new(obj, "message", text_value(e->text));
	AUTO(free) char *text = json_compact(obj);
	AUTO(free) char *line = str_fmt("%s\n", text);

	ui_print(ui, line);
}
