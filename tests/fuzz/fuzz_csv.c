/* Rows of a foreign COMMANDS file: a row has a field, and what is written again is read again as the same fields. */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "srv/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

static void check_row(const struct strlist *row)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_MIB(1));
	AUTO(strlist_release) struct strlist again = { 0 };
	AUTO(free) const char **fields = strlist_argv(row);
	size_t at = 0;

	need(row->count > 0);
	csv_add_row(&text, fields);
	need(buf_check(&text, "row") == NULL);
	need(csv_read_row(&again, buf_str(&text), &at) && again.count == row->count);
	for (size_t i = 0; i < row->count; i++)
		need(streq(again.items[i], row->items[i]));
	need(!csv_read_row(&again, buf_str(&text), &at));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = xstrndup((const char *)data, size);
	size_t at = 0, before = 0;

	if (size > LIMIT_KIB(16))
		return 0;
	for (;;) {
		AUTO(strlist_release) struct strlist row = { 0 };

		if (!csv_read_row(&row, text, &at))
			return 0;
		need(at > before);
		before = at;
		check_row(&row);
	}
}
