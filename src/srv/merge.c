#include "srv/merge.h"

#include <ctype.h>
#include <string.h>

#include "base/limits.h"
#include "srv/compare.h"

/* The middle of the merge is what we wrote; beside it the text of before and that of now. */
struct merge {
	struct side ours, old;   /* fresh and old, compared */
	struct side theirs, now; /* fresh and now, compared */
	struct buf *out;
	struct strlist *disputed; /* NULL: by statements, which are all to be told apart */
};

static void merge_release(struct merge *m)
{
	side_release(&m->ours);
	side_release(&m->old);
	side_release(&m->theirs);
	side_release(&m->now);
}
AUTO_RELEASE(struct merge, merge_release)

/* The next line in fresh, old and now. */
struct place {
	size_t i, j, k;
};

/* What stands between two places that all three agree on. */
struct hunk {
	struct place from, to;
	bool by_us, by_them;
	bool we_add; /* lines of old are to come back */
};

static bool is_whole(const struct merge *m, struct place p)
{
	return p.i >= m->ours.count && p.j >= m->old.count && p.k >= m->now.count;
}

static bool step_inside(const struct merge *m, struct hunk *h)
{
	struct place *p = &h->to;

	if (p->j < m->old.count && m->old.changed[p->j]) {
		h->by_us = h->we_add = true;
		p->j++;
		return true;
	}
	if (p->k < m->now.count && m->now.changed[p->k]) {
		h->by_them = true;
		p->k++;
		return true;
	}
	if (p->i >= m->ours.count || !(m->ours.changed[p->i] || m->theirs.changed[p->i]))
		return false;
	h->by_us |= m->ours.changed[p->i];
	h->by_them |= m->theirs.changed[p->i];
	p->j += !m->ours.changed[p->i];
	p->k += !m->theirs.changed[p->i];
	p->i++;
	return true;
}

static void add_lines(struct buf *out, const struct side *s, size_t from, size_t to)
{
	for (; from < to; from++)
		buf_add(out, s->lines[from].text, s->lines[from].len);
}

/* --- what we only added --- */

/* Blocks that it opens, less those that it closes; a comment does neither. */
static long depth_of(const struct line *l)
{
	long depth = 0;

	for (size_t i = 0; i < l->key_len && l->key[i] != '#'; i++)
		depth += (l->key[i] == '{') - (l->key[i] == '}');
	return depth;
}

/* What it ends by, but for a comment; '\0': there is nothing else. */
static char last_sign(const struct line *l)
{
	const char *comment = memchr(l->key, '#', l->key_len);
	size_t len = comment != NULL ? (size_t)(comment - l->key) : l->key_len;

	while (len > 0 && isspace((unsigned char)l->key[len - 1]))
		len--;
	return len > 0 ? l->key[len - 1] : '\0';
}

/* Are those of our lines that lead up to line i of fresh whole statements? */
static bool are_whole(const struct merge *m, const struct hunk *h, size_t i)
{
	char last = '\0';
	long depth = 0;

	for (size_t first = i; first > h->from.i && m->ours.changed[first - 1]; first--) {
		const struct line *l = &m->ours.lines[first - 1];

		last = last == '\0' ? last_sign(l) : last;
		depth += depth_of(l);
	}
	return depth == 0 && (last == '\0' || last == ';' || last == '}');
}

/* What was written between two lines that go belongs to them, unless it is between whole statements. */
static bool is_inside_ours(const struct merge *m, const struct hunk *h, size_t i)
{
	bool between = i > h->from.i && i < h->to.i && m->ours.changed[i - 1] && m->ours.changed[i];

	return between && !are_whole(m, h, i);
}

/* A line of ours that is gone and others in its place: perhaps they are ours still, changed. */
static bool was_replaced(const struct merge *m, const struct hunk *h)
{
	bool gone = false, added = false;

	for (size_t i = h->from.i; i < h->to.i; i++)
		gone |= m->ours.changed[i] && m->theirs.changed[i];
	for (size_t k = h->from.k; k < h->to.k; k++)
		added |= m->now.changed[k];
	return gone && added;
}

/* We only take lines away: what they have added beside those stays. */
static bool take_away(struct buf *out, const struct merge *m, const struct hunk *h)
{
	struct place p = h->from;

	if (was_replaced(m, h))
		return false;
	while (p.i < h->to.i || p.k < h->to.k) {
		bool added = p.k < h->to.k && m->now.changed[p.k];
		bool gone = !added && m->theirs.changed[p.i];

		if (added && is_inside_ours(m, h, p.i))
			return false;
		if (added)
			add_lines(out, &m->now, p.k, p.k + 1);
		p.k += !gone;
		p.i += !added;
	}
	return true;
}

/* --- what we replaced --- */

static bool is_untouched(const struct merge *m, const struct hunk *h)
{
	for (size_t i = h->from.i; i < h->to.i; i++)
		if (m->theirs.changed[i])
			return false;
	return h->to.i > h->from.i;
}

/* Our lines are as we left them, and what they have added stands before and behind all of them. */
static bool put_between(struct buf *out, const struct merge *m, const struct hunk *h)
{
	size_t before = h->from.k, behind = h->to.k;

	while (before < h->to.k && m->now.changed[before])
		before++;
	while (behind > before && m->now.changed[behind - 1])
		behind--;
	if (!is_untouched(m, h) || behind - before != h->to.i - h->from.i)
		return false;
	add_lines(out, &m->now, h->from.k, before);
	add_lines(out, &m->old, h->from.j, h->to.j);
	add_lines(out, &m->now, behind, h->to.k);
	return true;
}

/* --- what both have changed --- */

static bool same_but_blanks(const struct line *a, const struct line *b)
{
	struct line bare[] = { *a, *b };
	struct side both = { .lines = bare, .count = 2 };

	side_ignore_blanks(&both);
	return line_same(&bare[0], &bare[1]);
}

static bool has_line(const struct side *s, size_t from, size_t to, const struct line *wanted)
{
	for (; from < to; from++)
		if (same_but_blanks(&s->lines[from], wanted))
			return true;
	return false;
}

/* It still has each line that we replaced, and none of those that we wrote: a run that was killed had not come to it yet. */
static bool was_never_ours(const struct merge *m, const struct hunk *h)
{
	for (size_t j = h->from.j; j < h->to.j; j++)
		if (m->old.changed[j] && !has_line(&m->now, h->from.k, h->to.k, &m->old.lines[j]))
			return false;
	for (size_t i = h->from.i; i < h->to.i; i++)
		if (m->ours.changed[i] &&
		    !has_line(&m->old, h->from.j, h->to.j, &m->ours.lines[i]) &&
		    has_line(&m->now, h->from.k, h->to.k, &m->ours.lines[i]))
			return false;
	return h->we_add;
}

static size_t line_number(const struct buf *out)
{
	size_t n = 1;

	for (size_t i = 0; i < out->len; i++)
		n += out->data[i] == '\n';
	return n;
}

/* What of the hunk's lines of now is disputed: not those of theirs before the first line of ours, where that is still there. */
static size_t first_disputed(const struct merge *m, const struct hunk *h)
{
	struct place p = h->from;

	while (p.i < h->to.i) {
		bool added = p.k < h->to.k && m->now.changed[p.k];

		if (!added && m->ours.changed[p.i])
			return m->theirs.changed[p.i] ? h->from.k : p.k;
		p.k += added;
		p.i += !added;
	}
	return h->from.k;
}

static void leave(const struct merge *m, const struct hunk *h)
{
	size_t first = first_disputed(m, h), before = line_number(m->out) + first - h->from.k,
	       lines = h->to.k - first;

	add_lines(m->out, &m->now, h->from.k, h->to.k);
	if (was_never_ours(m, h))
		return;
	strlist_take(m->disputed, lines > 1 ? str_fmt("%zu-%zu", before, before + lines - 1)
					    : str_fmt("%zu", before));
}

static struct side statements(const struct side *s, size_t from, size_t to)
{
	const char *text = from < to ? s->lines[from].text : "";
	size_t len = 0;

	for (; from < to; from++)
		len += s->lines[from].len;
	struct side all = side_of_statements(text, len);

	side_ignore_blanks(&all);
	return all;
}

static bool add_all(struct merge *m);

/* Several statements on one line: ours can be taken out of it while the others stay. */
static bool by_statements(struct buf *out, const struct merge *m, const struct hunk *h)
{
	AUTO(merge_release)
	struct merge fine = { .ours = statements(&m->ours, h->from.i, h->to.i),
			      .old = statements(&m->old, h->from.j, h->to.j),
			      .theirs = statements(&m->ours, h->from.i, h->to.i),
			      .now = statements(&m->now, h->from.k, h->to.k),
			      .out = out };

	compare(&fine.ours, &fine.old);
	compare(&fine.theirs, &fine.now);
	return add_all(&fine);
}

typedef bool way_fn(struct buf *out, const struct merge *m, const struct hunk *h);

static bool goes(way_fn *way, const struct merge *m, const struct hunk *h)
{
	size_t before = m->out->len;
	bool done = way(m->out, m, h);

	if (!done)
		buf_truncate(m->out, before);
	return done;
}

/* --- */

static bool add_hunk(const struct merge *m, const struct hunk *h)
{
	if (!h->by_us)
		add_lines(m->out, &m->now, h->from.k, h->to.k);
	else if (!h->by_them)
		add_lines(m->out, &m->old, h->from.j, h->to.j);
	else if (goes(h->we_add ? put_between : take_away, m, h))
		return true;
	else if (m->disputed == NULL)
		return false;
	else if (!goes(by_statements, m, h))
		leave(m, h);
	return true;
}

static bool add_all(struct merge *m)
{
	struct place p = { 0 };

	while (!is_whole(m, p)) {
		struct hunk h = { .from = p, .to = p };

		while (step_inside(m, &h))
			;
		if (!h.by_us && !h.by_them) {
			add_lines(m->out, &m->now, p.k, p.k + 1);
			p = (struct place){ p.i + 1, p.j + 1, p.k + 1 };
			continue;
		}
		if (!add_hunk(m, &h))
			return false;
		p = h.to;
	}
	return true;
}

struct err *merge_back(struct strlist *disputed, struct buf *out, const struct buf *old,
		       const struct buf *fresh, const struct buf *now)
{
	AUTO(merge_release)
	struct merge m = { .ours = side_of(fresh),
			   .old = side_of(old),
			   .theirs = side_of(fresh),
			   .now = side_of(now),
			   .out = out,
			   .disputed = disputed };

	compare(&m.ours, &m.old);
	side_ignore_blanks(&m.theirs);
	side_ignore_blanks(&m.now);
	compare(&m.theirs, &m.now);
	(void)add_all(&m);
	return buf_check(out, "what is left of an edited file");
}
