/* What is accepted is written back byte for byte, every directive lies in its range, and words that are quoted anew mean the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "plugins/nginx/document.h"
#include "plugins/nginx/word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

static void check_word(const struct word *w)
{
	AUTO(free) char *again = word_quoted(w->value);
	AUTO(free) char *value = word_value(again, strlen(again));

	need(w->start < w->end && streq(value, w->value));
}

/* Siblings stand one behind the other between from and to. */
static void check_range(const struct directive *d, size_t from, size_t to)
{
	for (; d != NULL; d = d->next) {
		need(d->lead == from && d->word_count > 0 && d->open < d->end && d->end <= to);
		for (size_t i = 0; i < d->word_count; i++)
			check_word(&d->words[i]);
		if (d->body == BODY_BLOCK)
			check_range(d->first, d->open + 1, d->close);
		from = d->end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(document_free) struct document *d = NULL;
	AUTO(buf_release) struct buf back = BUF_INIT(LIMIT_SERVER_CONF_FILE);
	AUTO(err_free)
	struct err *e = size < LIMIT_KIB(64) ? document_parse(&d, "fuzz", (const char *)data, size)
					     : NULL;

	need(e == NULL || d == NULL);
	if (d == NULL)
		return 0;
	check_range(d->first, d->first != NULL ? d->first->lead : 0, d->len);
	document_write(d, &back);
	need(back.len == size && (size == 0 || memcmp(back.data, data, size) == 0));
	return 0;
}
