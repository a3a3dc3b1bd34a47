#include "srv/compare.h"

#include <stdint.h>
#include <string.h>

#include "base/limits.h"

void side_release(struct side *s)
{
	free(s->lines);
	free(s->changed);
}

/* As long as it is, of a text that is not at its end. */
typedef size_t length_fn(const char *text, size_t len);

static struct side split(const char *text, size_t len, length_fn *length)
{
	size_t room = 64;
	struct side s = { .lines = xcalloc(room, sizeof(*s.lines)) };

	for (size_t at = 0; at < len;) {
		size_t one = length(text + at, len - at);

		if (s.count == room) {
			room *= 2;
			s.lines = xrealloc(s.lines, room, sizeof(*s.lines));
		}
		s.lines[s.count++] = (struct line){ text + at, one, text + at, one };
		at += one;
	}
	s.changed = xcalloc(s.count + 1, sizeof(*s.changed));
	return s;
}

static size_t line_length(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);

	return end != NULL ? (size_t)(end - text) + 1 : len;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t statement_length(const char *text, size_t len)
{
	size_t end = 0;

	while (end < len && strchr(";{}\n", text[end]) == NULL)
		end++;
	if (end < len && text[end] != '\n')
		end++;
	while (end < len && is_blank(text[end]) && text[end] != '\n')
		end++;
	return end + (end < len && text[end] == '\n');
}

struct side side_of(const struct buf *text)
{
	return split(text->data, text->len, line_length);
}

struct side side_of_statements(const char *text, size_t len)
{
	return split(text, len, statement_length);
}

void side_ignore_blanks(struct side *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct line *l = &s->lines[i];

		while (l->key_len > 0 && is_blank(l->key[l->key_len - 1]))
			l->key_len--;
		while (l->key_len > 0 && is_blank(l->key[0])) {
			l->key++;
			l->key_len--;
		}
	}
}

bool line_same(const struct line *a, const struct line *b)
{
	return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

/* What is left of both sides without their common beginning and end: [from, from + a) and [from, from + b). */
struct middle {
	const struct line *old, *fresh;
	int64_t a, b;
	size_t from;
};

static struct middle middle_of(const struct side *old, const struct side *fresh)
{
	size_t from = 0, end = 0;
	size_t shorter = old->count < fresh->count ? old->count : fresh->count;

	while (from < shorter && line_same(&old->lines[from], &fresh->lines[from]))
		from++;
	while (end < shorter - from &&
	       line_same(&old->lines[old->count - 1 - end], &fresh->lines[fresh->count - 1 - end]))
		end++;
	return (struct middle){ .old = old->lines + from,
				.fresh = fresh->lines + from,
				.a = (int64_t)(old->count - from - end),
				.b = (int64_t)(fresh->count - from - end),
				.from = from };
}

/*
 * Myers, "An O(ND) Difference Algorithm": v[k] is how far down diagonal k the paths with d edits lead. A row of v is kept for
 * each d, so that the way back can be told.
 */
struct search {
	struct middle m;
	int64_t *rows[LIMIT_DIFF_EDITS + 1]; /* rows[d][k + d], k = -d, -d + 2, ... */
	int64_t edits;                       /* -1: more than the ceiling */
};

static int64_t reach(const struct search *s, int64_t d, int64_t k)
{
	return k < -d || k > d ? -1 : s->rows[d][k + d];
}

/* Does the best way to diagonal k come by a line that was added (down), or removed? */
static bool comes_down(const struct search *s, int64_t d, int64_t k)
{
	return k == -d || (k != d && reach(s, d - 1, k - 1) < reach(s, d - 1, k + 1));
}

static int64_t start_of(const struct search *s, int64_t d, int64_t k)
{
	if (d == 0)
		return 0;
	return comes_down(s, d, k) ? reach(s, d - 1, k + 1) : reach(s, d - 1, k - 1) + 1;
}

static bool step(struct search *s, int64_t d)
{
	s->rows[d] = xcalloc((size_t)(2 * d + 1), sizeof(int64_t));
	for (int64_t k = -d; k <= d; k += 2) {
		int64_t x = start_of(s, d, k);

		while (x < s->m.a && x - k < s->m.b && x - k >= 0 &&
		       line_same(&s->m.old[x], &s->m.fresh[x - k]))
			x++;
		s->rows[d][k + d] = x;
		if (x >= s->m.a && x - k >= s->m.b)
			return true;
	}
	return false;
}

static void run(struct search *s)
{
	for (s->edits = 0; s->edits <= LIMIT_DIFF_EDITS; s->edits++)
		if (step(s, s->edits))
			return;
	s->edits = -1;
}

static void mark_back(const struct search *s, struct side *old, struct side *fresh)
{
	int64_t k = s->m.a - s->m.b;

	for (int64_t d = s->edits; d > 0; d--) {
		bool down = comes_down(s, d, k);
		int64_t x = start_of(s, d, k);

		if (down)
			fresh->changed[(int64_t)s->m.from + x - k - 1] = true;
		else
			old->changed[(int64_t)s->m.from + x - 1] = true;
		k += down ? 1 : -1;
	}
}

static void mark_all(const struct middle *m, struct side *old, struct side *fresh)
{
	memset(old->changed + m->from, true, (size_t)m->a);
	memset(fresh->changed + m->from, true, (size_t)m->b);
}

void compare(struct side *old, struct side *fresh)
{
	AUTO(free) struct search *s = xcalloc(1, sizeof(*s));

	s->m = middle_of(old, fresh);
	run(s);
	if (s->edits >= 0)
		mark_back(s, old, fresh);
	else
		mark_all(&s->m, old, fresh);
	for (size_t d = 0; d <= LIMIT_DIFF_EDITS; d++)
		free(s->rows[d]);
}
