/* Text: comparison, numbers with bounds, building, and lists of strings. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

bool streq(const char *a, const char *b);
bool streq_nocase(const char *a, const char *b); /* ASCII */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

char *str_fmt(const char *fmt, ...) PRINTF_LIKE(1, 2);
char *str_vfmt(const char *fmt, va_list args) PRINTF_LIKE(1, 0);

/* Decimal, the whole string, min <= n <= max; false otherwise and out untouched. */
MUST_CHECK bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out);

/* ASCII, in place. */
void str_lower(char *s);

/* Without leading and trailing white space, in a new string. */
char *str_trimmed(const char *s);

bool str_is_utf8(const char *s);
/* Control characters: of ASCII with line ends and tabs, and those that UTF-8 adds (U+0080 to U+009F). */
bool str_has_controls(const char *s);

/* Copy with every control character and byte that is not UTF-8 made visible (\x1b), cut at max bytes with "...". */
char *str_printable(const char *s, size_t max);

/* Constant time for equal lengths. */
bool mem_equal_secret(const void *a, const void *b, size_t len);

/* A list of strings, in order. Zero-filled is empty. */
struct strlist {
	char **items;
	size_t count;
};

void strlist_add(struct strlist *l, const char *s);
void strlist_take(struct strlist *l, char *s); /* takes s */
void strlist_add_all(struct strlist *l, const struct strlist *more);
bool strlist_has(const struct strlist *l, const char *s);
bool strlist_add_unique(struct strlist *l, const char *s); /* false: was there */
/* The pieces between separators, trimmed; empty pieces are left out. */
void strlist_split(struct strlist *l, const char *text, char separator);
const char **strlist_argv(
	const struct strlist *l); /* NULL-ended, to be freed; its items are loans */
char *strlist_join(const struct strlist *l, const char *separator);
void strlist_sort(struct strlist *l); /* by bytes */
/* The same strings in the same order. */
bool strlist_same(const struct strlist *a, const struct strlist *b);
/* The same strings, order and repetition apart. */
bool strlist_same_set(const struct strlist *a, const struct strlist *b);
bool strlist_subset(const struct strlist *part, const struct strlist *whole);
void strlist_release(struct strlist *l);

AUTO_RELEASE(struct strlist, strlist_release)
