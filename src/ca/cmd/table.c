#include "ca/cmd/table.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

enum { GAP = 2, CELL_MAX = 200 };

struct table {
	FILE *out;
	json_t *row;                 /* of JSON output */
	struct strlist names, cells; /* of columns: all cells, row by row */
	bool named;
};

struct table *table_new(FILE *out, bool json)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->out = out;
	t->row = json ? json_object() : NULL;
	return t;
}

/* --- cells --- */

static void add_cell(struct table *t, const char *name, const char *text)
{
	if (!t->named)
		strlist_add(&t->names, name);
	strlist_take(&t->cells, str_printable(text != NULL ? text : "-", CELL_MAX));
}

void table_text(struct table *t, const char *name, const char *text)
{
	if (t->row == NULL)
		add_cell(t, name, text);
	else if (text != NULL)
		(void)json_object_set_new(t->row, name, json_string(text));
}

void table_number(struct table *t, const char *name, int64_t number)
{
	AUTO(free) char *text = str_fmt("%lld", (long long)number);

	if (t->row == NULL)
		add_cell(t, name, text);
	else
		(void)json_object_set_new(t->row, name, json_integer(number));
}

void table_time(struct table *t, const char *name, time_t when)
{
	AUTO(free) char *text = when != 0 ? time_rfc3339(when) : NULL;

	table_text(t, name, text);
}

void table_end_row(struct table *t)
{
	t->named = true;
	if (t->row == NULL)
		return;
	AUTO(free) char *line = json_compact(t->row);

	(void)fprintf(t->out, "%s\n", line);
	(void)json_object_clear(t->row);
}

/* --- columns --- */

static size_t width_of(const struct table *t, size_t column)
{
	size_t width = strlen(t->names.items[column]);

	for (size_t i = column; i < t->cells.count; i += t->names.count)
		if (strlen(t->cells.items[i]) > width)
			width = strlen(t->cells.items[i]);
	return width;
}

/* The last column is not padded. */
static void print_row(const struct table *t, const size_t *widths, char *const *cells)
{
	size_t last = t->names.count - 1;

	for (size_t i = 0; i < last; i++)
		(void)fprintf(t->out, "%-*s", (int)(widths[i] + GAP), cells[i]);
	(void)fprintf(t->out, "%s\n", cells[last]);
}

static void print_columns(const struct table *t)
{
	AUTO(free) size_t *widths = xcalloc(t->names.count, sizeof(*widths));

	for (size_t i = 0; i < t->names.count; i++)
		widths[i] = width_of(t, i);
	print_row(t, widths, t->names.items);
	for (size_t i = 0; i < t->cells.count; i += t->names.count)
		print_row(t, widths, &t->cells.items[i]);
}

void table_free(struct table *t)
{
	if (t == NULL)
		return;
	if (t->row == NULL && t->names.count > 0)
		print_columns(t);
	json_decref(t->row);
	strlist_release(&t->names);
	strlist_release(&t->cells);
	free(t);
}
