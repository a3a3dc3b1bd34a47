#include "srv/merge.h"

#include "srv/compare.h"

/* The middle of the merge is what we wrote; beside it the text of before and that of now. */
struct merge {
	struct side ours, old;   /* fresh and old, compared */
	struct side theirs, now; /* fresh and now, compared */
	struct buf *out;
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

/* Between two lines that go, nothing can stay: what was written there belongs to them. */
static bool is_inside_ours(const struct merge *m, const struct hunk *h, size_t i)
{
	return i > h->from.i && i < h->to.i && m->ours.changed[i - 1] && m->ours.changed[i];
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
static bool take_away(const struct merge *m, const struct hunk *h)
{
	struct place p = h->from;

	if (was_replaced(m, h))
		return false;
	while (p.i < h->to.i || p.k < h->to.k) {
		if (p.k < h->to.k && m->now.changed[p.k]) {
			if (is_inside_ours(m, h, p.i))
				return false;
			add_lines(m->out, &m->now, p.k, p.k + 1);
			p.k++;
			continue;
		}
		if (!m->ours.changed[p.i] && !m->theirs.changed[p.i])
			add_lines(m->out, &m->ours, p.i, p.i + 1);
		p.k += !m->theirs.changed[p.i];
		p.i++;
	}
	return true;
}

static bool is_untouched(const struct merge *m, const struct hunk *h)
{
	for (size_t i = h->from.i; i < h->to.i; i++)
		if (m->theirs.changed[i])
			return false;
	return h->to.i > h->from.i;
}

/* Our lines are as we left them, and what they have added stands before and behind all of them. */
static bool put_between(const struct merge *m, const struct hunk *h)
{
	size_t before = h->from.k, behind = h->to.k;

	while (before < h->to.k && m->now.changed[before])
		before++;
	while (behind > before && m->now.changed[behind - 1])
		behind--;
	if (!is_untouched(m, h) || behind - before != h->to.i - h->from.i)
		return false;
	add_lines(m->out, &m->now, h->from.k, before);
	add_lines(m->out, &m->old, h->from.j, h->to.j);
	add_lines(m->out, &m->now, behind, h->to.k);
	return true;
}

static bool add_hunk(const struct merge *m, const struct hunk *h)
{
	if (!h->by_us)
		add_lines(m->out, &m->now, h->from.k, h->to.k);
	else if (!h->by_them)
		add_lines(m->out, &m->old, h->from.j, h->to.j);
	else
		return h->we_add ? put_between(m, h) : take_away(m, h);
	return true;
}

static bool add_all(const struct merge *m)
{
	struct place p = { 0 };

	while (!is_whole(m, p)) {
		struct hunk h = { .from = p, .to = p };

		while (step_inside(m, &h))
			;
		if (!h.by_us && !h.by_them) {
			add_lines(m->out, &m->ours, p.i, p.i + 1);
			p = (struct place){ p.i + 1, p.j + 1, p.k + 1 };
			continue;
		}
		if (!add_hunk(m, &h))
			return false;
		p = h.to;
	}
	return true;
}

static bool has_line(const struct side *s, const struct line *l)
{
	for (size_t i = 0; i < s->count; i++)
		if (line_same(&s->lines[i], l))
			return true;
	return false;
}

/* It still has each line that we replaced, and none of those that we wrote: a run that was killed had not come to it yet. */
static bool was_never_ours(const struct merge *m)
{
	bool any = false;

	for (size_t j = 0; j < m->old.count; j++) {
		if (m->old.changed[j] && !has_line(&m->now, &m->old.lines[j]))
			return false;
		any |= m->old.changed[j];
	}
	for (size_t i = 0; i < m->ours.count; i++) {
		const struct line *l = &m->ours.lines[i];

		if (m->ours.changed[i] && !has_line(&m->old, l) && has_line(&m->now, l))
			return false;
	}
	return any;
}

struct err *merge_back(bool *done, struct buf *out, const struct buf *old, const struct buf *fresh, const struct buf *now)
{
	AUTO(merge_release)
	struct merge m = { .ours = side_of(fresh), .old = side_of(old), .theirs = side_of(fresh), .now = side_of(now), .out = out };

	compare(&m.ours, &m.old);
	compare(&m.theirs, &m.now);
	*done = add_all(&m);
	if (!*done && was_never_ours(&m)) {
		buf_reset(out);
		add_lines(out, &m.now, 0, m.now.count);
		*done = true;
	}
	return buf_check(out, "what is left of an edited file");
}
