#include "srv/diff.h"

#include <stdint.h>
#include <string.h>

#include "base/limits.h"

enum { CONTEXT = 3 };

struct line {
	const char *text;
	size_t len; /* with its line end, which the last one may not have */
};

struct side {
	struct line *lines;
	size_t count;
	bool *changed; /* of each line: only on this side */
};

static void side_release(struct side *s)
{
	free(s->lines);
	free(s->changed);
}

AUTO_RELEASE(struct side, side_release)

static struct side split(const struct buf *text)
{
	size_t room = 64;
	struct side s = { .lines = xcalloc(room, sizeof(*s.lines)) };

	for (size_t at = 0; at < text->len;) {
		const char *end = memchr(text->data + at, '\n', text->len - at);
		size_t len = end != NULL ? (size_t)(end - text->data) - at + 1 : text->len - at;

		if (s.count == room) {
			room *= 2;
			s.lines = xrealloc(s.lines, room, sizeof(*s.lines));
		}
		s.lines[s.count++] = (struct line){ text->data + at, len };
		at += len;
	}
	s.changed = xcalloc(s.count + 1, sizeof(*s.changed));
	return s;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
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

	while (from < shorter && same(&old->lines[from], &fresh->lines[from]))
		from++;
	while (end < shorter - from &&
	       same(&old->lines[old->count - 1 - end], &fresh->lines[fresh->count - 1 - end]))
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
		       same(&s->m.old[x], &s->m.fresh[x - k]))
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

static void compare(struct side *old, struct side *fresh)
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

static void add_line(struct buf *out, char mark, const struct line *l)
{
	buf_addc(out, mark);
	buf_add(out, l->text, l->len);
	if (l->text[l->len - 1] != '\n')
		buf_adds(out, "\n\\ No newline at end of file\n");
}

/* Where in both sides: lines i and j are the next ones. */
struct place {
	size_t i, j;
};

static bool at_change(const struct side *old, const struct side *fresh, struct place p)
{
	return old->changed[p.i] || fresh->changed[p.j];
}

static bool at_end(const struct side *old, const struct side *fresh, struct place p)
{
	return p.i >= old->count && p.j >= fresh->count;
}

static struct place behind(const struct side *old, const struct side *fresh, struct place p)
{
	while (p.i < old->count && old->changed[p.i])
		p.i++;
	while (p.j < fresh->count && fresh->changed[p.j])
		p.j++;
	return p;
}

/* The end of the hunk that begins before the change at p: as far as changes are no more than twice the context apart. */
static struct place hunk_end(const struct side *old, const struct side *fresh, struct place p)
{
	for (;;) {
		struct place end = behind(old, fresh, p);
		size_t quiet = 0;

		p = end;
		while (!at_end(old, fresh, p) && !at_change(old, fresh, p) &&
		       quiet <= (size_t)2 * CONTEXT) {
			p = (struct place){ p.i + 1, p.j + 1 };
			quiet++;
		}
		if (at_end(old, fresh, p) || quiet > (size_t)2 * CONTEXT) {
			size_t tail = quiet < CONTEXT ? quiet : CONTEXT;

			return (struct place){ end.i + tail, end.j + tail };
		}
	}
}

static void add_hunk(struct buf *out, const struct side *old, const struct side *fresh,
		     struct place from, struct place to)
{
	size_t a = to.i - from.i, b = to.j - from.j;

	buf_addf(out, "@@ -%zu,%zu +%zu,%zu @@\n", from.i + (a > 0), a, from.j + (b > 0), b);
	while (from.i < to.i || from.j < to.j) {
		for (; from.i < to.i && old->changed[from.i]; from.i++)
			add_line(out, '-', &old->lines[from.i]);
		for (; from.j < to.j && fresh->changed[from.j]; from.j++)
			add_line(out, '+', &fresh->lines[from.j]);
		for (; from.i < to.i && !at_change(old, fresh, from); from.i++, from.j++)
			add_line(out, ' ', &old->lines[from.i]);
	}
}

static void add_hunks(struct buf *out, const struct side *old, const struct side *fresh)
{
	for (struct place p = { 0, 0 }; !at_end(old, fresh, p);) {
		if (!at_change(old, fresh, p)) {
			p = (struct place){ p.i + 1, p.j + 1 };
			continue;
		}
		size_t lead = p.i < CONTEXT ? p.i : CONTEXT;

		lead = p.j < lead ? p.j : lead;
		struct place end = hunk_end(old, fresh, p);

		add_hunk(out, old, fresh, (struct place){ p.i - lead, p.j - lead }, end);
		p = end;
	}
}

void diff_unified(struct buf *out, const struct diff_names *names, const struct buf *old,
		  const struct buf *fresh)
{
	if (old->len == fresh->len &&
	    (old->len == 0 || memcmp(old->data, fresh->data, old->len) == 0))
		return;
	AUTO(side_release) struct side a = split(old);
	AUTO(side_release) struct side b = split(fresh);

	compare(&a, &b);
	buf_addf(out, "--- %s\n+++ %s\n", names->old, names->fresh);
	add_hunks(out, &a, &b);
}
