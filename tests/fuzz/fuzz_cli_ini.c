/* A cli.ini becomes what argv could have said: known options with values where they take one, else unknown words that begin as long options do. */
#include <stdint.h>
#include <stdlib.h>

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
		return;
	}
	need(item->spec < option_row_count);
	need(option_rows[item->spec].kind != &kind_config);
	need((item->text != NULL) == option_rows[item->spec].spec.takes_value);
}

/* Of a key that comes again only the last line counts. */
static void check_repeats(const struct opt_items *items)
{
	for (size_t i = 0; i < items->count; i++)
		for (size_t n = 0; n < i && items->items[i].kind == OPT_OPTION; n++)
			need(items->items[n].kind != OPT_OPTION ||
			     items->items[n].spec != items->items[i].spec ||
			     option_rows[items->items[i].spec].kind->repeats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(opt_items_release) struct opt_items items = { 0 };
	AUTO(free) char *text = xstrndup((const char *)data, size);
	struct err *e = size < LIMIT_KIB(16) ? config_text_read(&items, text, "cli.ini") : NULL;

	need(e == NULL || items.count == 0);
	err_free(e);
	for (size_t i = 0; i < items.count; i++)
		check_item(&items.items[i]);
	check_repeats(&items);
	return 0;
}
