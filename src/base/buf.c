#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* Most of what is built is longer than a word and shorter than this. */
enum { FIRST_BYTES = 256 };

static void reserve(struct buf *b, size_t more)
{
	size_t need = b->len + more + 1;
	size_t cap = b->cap > 0 ? b->cap : FIRST_BYTES;

	if (need <= b->cap)
		return;
	while (cap < need)
		cap *= 2;
	b->data = xrealloc(b->data, cap, 1);
	b->cap = cap;
}

static size_t fitting(struct buf *b, size_t len)
{
	size_t room = b->max - b->len;

	if (len <= room)
		return len;
	b->overflow = true;
	return room;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	len = fitting(b, len);
	reserve(b, len);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addn(struct buf *b, int64_t number)
{
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		text[--at] = '-';
	buf_add(b, text + at, sizeof(text) - at);
}

void buf_addv(struct buf *b, const char *fmt, va_list args)
{
	char text[256];
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(text, sizeof(text), fmt, args);

	if (len < 0)
		abort();
	if ((size_t)len < sizeof(text)) {
		buf_add(b, text, (size_t)len);
	} else {
		AUTO(free) char *all = str_vfmt(fmt, again);

		buf_add(b, all, (size_t)len);
	}
	va_end(again);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_addv(b, fmt, args);
	va_end(args);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void buf_consume(struct buf *b, size_t len)
{
	if (len > b->len)
		len = b->len;
	if (len == 0)
		return;
	memmove(b->data, b->data + len, b->len - len + 1);
	b->len -= len;
}

void buf_truncate(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

struct err *buf_check(const struct buf *b, const char *what)
{
	if (!b->overflow)
		return NULL;
	return err_new(ERR_LIMIT, "%s is larger than %zu bytes", what, b->max);
}

const char *buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

bool buf_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0;
}

char *buf_detach(struct buf *b)
{
	char *text = b->data != NULL ? b->data : xstrdup("");

	*b = BUF_INIT(b->max);
	return text;
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = BUF_INIT(b->max);
}
