#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool streq_nocase(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s);
	size_t tail = strlen(suffix);

	return len >= tail && streq(s + len - tail, suffix);
}

char *str_vfmt(const char *fmt, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		abort();
	return text;
}

char *str_fmt(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *text = str_vfmt(fmt, args);
	va_end(args);
	return text;
}

bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	char *end = NULL;

	if (!isdigit((unsigned char)s[0]) && !(s[0] == '-' && isdigit((unsigned char)s[1])))
		return false;
	errno = 0;
	intmax_t n = strtoimax(s, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return false;
	*out = n;
	return true;
}

void str_lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *str_trimmed(const char *s)
{
	size_t len;

	while (is_blank(*s))
		s++;
	len = strlen(s);
	while (len > 0 && is_blank(s[len - 1]))
		len--;
	return xstrndup(s, len);
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629 §4), 0 if there is none. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t len;
	} rows[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		if (s[0] < rows[r].first || s[0] > rows[r].last || s[1] < rows[r].low ||
		    s[1] > rows[r].high)
			continue;
		for (size_t i = 2; i < rows[r].len; i++)
			if ((s[i] & 0xc0) != 0x80)
				return 0;
		return rows[r].len;
	}
	return 0;
}

bool str_is_utf8(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p != '\0') {
		size_t len = *p < 0x80 ? 1 : utf8_length(p);

		if (len == 0)
			return false;
		p += len;
	}
	return true;
}

bool str_has_controls(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f))
			return true;
	return false;
}

/*
 * Well-formed, but it acts on the terminal instead of being seen: C1 controls (U+0080 to U+009F),
 * marks that turn the direction of writing, zero widths, line and paragraph separators.
 */
static bool is_unseen(const unsigned char *s)
{
	static const struct {
		unsigned char lead[2], low,
			high; /* the last byte's range behind the bytes before it */
		size_t lead_len;
	} rows[] = {
		{ { 0xc2 }, 0x80, 0x9f, 1 },       /* C1 */
		{ { 0xd8 }, 0x9c, 0x9c, 1 },       /* U+061C */
		{ { 0xe2, 0x80 }, 0x8b, 0x8f, 2 }, /* U+200B to U+200F */
		{ { 0xe2, 0x80 }, 0xa8, 0xae, 2 }, /* U+2028 to U+202E */
		{ { 0xe2, 0x81 }, 0xa0, 0xaf, 2 }, /* U+2060 to U+206F */
		{ { 0xef, 0xbb }, 0xbf, 0xbf, 2 }, /* U+FEFF */
	};

	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		const unsigned char *last = s + rows[r].lead_len;

		if (memcmp(s, rows[r].lead, rows[r].lead_len) == 0 && *last >= rows[r].low &&
		    *last <= rows[r].high)
			return true;
	}
	return false;
}

/* What does not begin with printable ASCII. */
static size_t add_visible(struct buf *b, const unsigned char *s)
{
	size_t len = s[0] < 0x80 ? 0 : utf8_length(s);

	if (len > 0 && !is_unseen(s)) {
		buf_add(b, s, len);
		return len;
	}
	buf_addf(b, "\\x%02x", s[0]);
	return 1;
}

/* How many bytes from here are printable ASCII, most at most: nearly all of them, in nearly every text. */
static size_t plain_run(const unsigned char *s, size_t most)
{
	size_t n = 0;

	while (n < most && s[n] >= 0x20 && s[n] < 0x7f)
		n++;
	return n;
}

char *str_printable(const char *s, size_t max)
{
	struct buf b = BUF_INIT(max + 8);
	const unsigned char *p = (const unsigned char *)s;

	while (*p != '\0' && b.len < max) {
		size_t plain = plain_run(p, max - b.len);

		buf_add(&b, p, plain);
		p += plain > 0 ? plain : add_visible(&b, p);
	}
	if (*p != '\0')
		buf_adds(&b, "...");
	return buf_detach(&b);
}

bool mem_equal_secret(const void *a, const void *b, size_t len)
{
	const volatile unsigned char *x = a;
	const volatile unsigned char *y = b;
	unsigned char differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(x[i] ^ y[i]);
	return differ == 0;
}

void strlist_take(struct strlist *l, char *s)
{
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = s;
}

void strlist_add(struct strlist *l, const char *s)
{
	strlist_take(l, xstrdup(s));
}

void strlist_add_all(struct strlist *l, const struct strlist *more)
{
	for (size_t i = 0; i < more->count; i++)
		strlist_add(l, more->items[i]);
}

bool strlist_has(const struct strlist *l, const char *s)
{
	for (size_t i = 0; i < l->count; i++)
		if (streq(l->items[i], s))
			return true;
	return false;
}

bool strlist_add_unique(struct strlist *l, const char *s)
{
	if (strlist_has(l, s))
		return false;
	strlist_add(l, s);
	return true;
}

static void add_trimmed(struct strlist *l, const char *piece, size_t len)
{
	AUTO(free) char *raw = xstrndup(piece, len);
	AUTO(free) char *trimmed = str_trimmed(raw);

	if (*trimmed != '\0')
		strlist_take(l, MOVE(trimmed));
}

void strlist_split(struct strlist *l, const char *text, char separator)
{
	for (;;) {
		const char *end = strchrnul(text, separator);

		add_trimmed(l, text, (size_t)(end - text));
		if (*end == '\0')
			return;
		text = end + 1;
	}
}

const char **strlist_argv(const struct strlist *l)
{
	const char **argv = xcalloc(l->count + 1, sizeof(*argv));

	for (size_t i = 0; i < l->count; i++)
		argv[i] = l->items[i];
	return argv;
}

char *strlist_join(const struct strlist *l, const char *separator)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);

	for (size_t i = 0; i < l->count; i++) {
		if (i > 0)
			buf_adds(&b, separator);
		buf_adds(&b, l->items[i]);
	}
	return buf_detach(&b);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strlist_sort(struct strlist *l)
{
	if (l->count > 1)
		qsort(l->items, l->count, sizeof(*l->items), by_bytes);
}

bool strlist_subset(const struct strlist *part, const struct strlist *whole)
{
	for (size_t i = 0; i < part->count; i++)
		if (!strlist_has(whole, part->items[i]))
			return false;
	return true;
}

bool strlist_same(const struct strlist *a, const struct strlist *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!streq(a->items[i], b->items[i]))
			return false;
	return true;
}

bool strlist_same_set(const struct strlist *a, const struct strlist *b)
{
	return strlist_subset(b, a) && strlist_subset(a, b);
}

void strlist_release(struct strlist *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct strlist){ 0 };
}
