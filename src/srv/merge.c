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

/* We only take lines away: what they have added beside those stays. */
static bool take_away(const struct merge *m, const struct hunk *h)
{
	struct place p = h->from;

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

static bool add_hunk(const struct merge *m, const struct hunk *h)
{
	if (!h->by_us)
		add_lines(m->out, &m->now, h->from.k, h->to.k);
	else if (!h->by_them)
		add_lines(m->out, &m->old, h->from.j, h->to.j);
	else
		return !h->we_add && take_away(m, h);
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

struct err *merge_back(bool *done, struct buf *out, const struct buf *old, const struct buf *fresh, const struct buf *now)
{
	AUTO(merge_release)
	struct merge m = { .ours = side_of(fresh), .old = side_of(old), .theirs = side_of(fresh), .now = side_of(now), .out = out };

	compare(&m.ours, &m.old);
	compare(&m.theirs, &m.now);
	*done = add_all(&m);
	return buf_check(out, "what is left of an edited file");
}
