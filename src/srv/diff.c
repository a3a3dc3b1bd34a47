#include "srv/diff.h"

#include "srv/compare.h"

enum { CONTEXT = 3 };

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
	if (buf_same(old, fresh))
		return;
	AUTO(side_release) struct side a = side_of(old);
	AUTO(side_release) struct side b = side_of(fresh);

	compare(&a, &b);
	buf_addf(out, "--- %s\n+++ %s\n", names->old, names->fresh);
	add_hunks(out, &a, &b);
}
