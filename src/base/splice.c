#include "base/splice.h"

#include <stdint.h>

#include "base/buf.h"

void splices_replace(struct splices *s, size_t start, size_t end, const char *text)
{
	s->items = xrealloc(s->items, s->count + 1, sizeof(*s->items));
	s->items[s->count] = (struct splice){
		.start = start, .end = end, .turn = s->count, .text = xstrdup(text)
	};
	s->count++;
}

void splices_insert(struct splices *s, size_t at, const char *text)
{
	splices_replace(s, at, at, text);
}

static int compare(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* What is inserted in front of a range comes before what replaces it, whichever was asked first. */
static int in_order(const void *one, const void *other)
{
	const struct splice *a = one, *b = other;
	int order = compare(a->start, b->start);

	if (order == 0)
		order = compare(a->end > a->start, b->end > b->start);
	return order != 0 ? order : compare(a->turn, b->turn);
}

static struct err *apply_one(struct buf *b, size_t *done, const struct splice *s, const char *text,
			     size_t len)
{
	if (s->start < *done || s->end < s->start || s->end > len)
		return err_new(ERR_INTERNAL,
			       "an edit of bytes %zu to %zu does not fit (%zu are done, of %zu)",
			       s->start, s->end, *done, len);
	buf_add(b, text + *done, s->start - *done);
	buf_adds(b, s->text);
	*done = s->end;
	return NULL;
}

struct err *splices_apply(char **out, size_t *out_len, struct splices *s, const char *text,
			  size_t len)
{
	AUTO(buf_release) struct buf b = BUF_INIT(SIZE_MAX / 4);
	size_t done = 0;

	if (s->count > 0)
		qsort(s->items, s->count, sizeof(*s->items), in_order);
	for (size_t i = 0; i < s->count; i++)
		TRY(apply_one(&b, &done, &s->items[i], text, len));
	buf_add(&b, text + done, len - done);
	*out_len = b.len;
	*out = buf_detach(&b);
	return NULL;
}

void splices_release(struct splices *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].text);
	free(s->items);
	*s = (struct splices){ 0 };
}
