/* A cli.ini becomes what argv could have said: known options with values where they take one, else unknown words that begin as long options do. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "client/opt/option.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

static void check_item(const struct opt_item *item)
{
	if (item->kind !=
	    OPT_OPTION) { /* with a blank in its value it is a word, which argparse takes for no option */
		need(str_starts(item->text, "--"));
		need(item->kind == OPT_UNKNOWN || strchr(item->text, ' ') != NULL);
		return;
	}
	need(item->spec < option_row_count);
	need(option_rows[item->spec].kind != &kind_config);
	need((item->text != NULL) == option_rows[item->spec].spec.takes_value);
}

static void read_text(struct opt_items *out, const char *text)
{
	struct err *e = config_text_read(out, text, "cli.ini");

	need(e == NULL || out->count == 0);
	err_free(e);
}

/* A line says one thing about an option that is given once. */
static void check_lines(const struct opt_items *items)
{
	for (size_t i = 1; i < items->count; i++) {
		const struct opt_item *a = &items->items[i - 1], *b = &items->items[i];

		need(a->line != b->line || b->kind != OPT_OPTION || a->kind != OPT_OPTION ||
		     option_rows[b->spec].kind->repeats);
	}
}

/* Keys that come again count once: a file that stands there twice says the same. */
static void check_repeats(const struct opt_items *items, const char *text)
{
	AUTO(opt_items_release) struct opt_items again = { 0 };
	AUTO(free) char *twice = str_fmt("%s\n%s", text, text);

	read_text(&again, twice);
	need(again.count == items->count);
	for (size_t i = 0; i < items->count; i++) {
		const struct opt_item *a = &items->items[i], *b = &again.items[i];

		need(a->kind == b->kind && (a->kind != OPT_OPTION || a->spec == b->spec));
		need(a->text == NULL ? b->text == NULL
				     : b->text != NULL && streq(a->text, b->text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(opt_items_release) struct opt_items items = { 0 };
	AUTO(free) char *text = xstrndup((const char *)data, size);

	if (size > LIMIT_KIB(16))
		return 0;
	read_text(&items, text);
	for (size_t i = 0; i < items.count; i++)
		check_item(&items.items[i]);
	check_lines(&items);
	check_repeats(&items, text);
	return 0;
}
