#include "va/gate.h"

#include <event2/event.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

enum { BUCKETS_AT_FIRST = 64 };

struct gate_line {
	void *key;
	size_t len;
	size_t inside;
	struct gate_pass *first, *last; /* who waits */
	struct gate_line *next_in_bucket;
	struct gate_line *next_turn, *previous_turn;
	bool has_turn;
};

struct gate {
	size_t max, max_per_key;
	size_t inside;
	struct gate_line **buckets;
	size_t bucket_count, line_count;
	/* lines in which somebody waits for nothing but room in the gate itself */
	struct gate_line *first_turn, *last_turn;
	struct event *turn;
};

/* --- lines by key --- */

/* FNV-1a from a start that nobody outside knows. */
static size_t bucket_of(const struct gate *g, const void *key, size_t len)
{
	const unsigned char *bytes = key;
	uint64_t hash = 0xcbf29ce484222325u ^ (uintptr_t)g;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return (size_t)(hash ^ hash >> 32) & (g->bucket_count - 1);
}

static void put(struct gate *g, struct gate_line *l)
{
	struct gate_line **bucket = &g->buckets[bucket_of(g, l->key, l->len)];

	l->next_in_bucket = *bucket;
	*bucket = l;
}

static void grow(struct gate *g)
{
	struct gate_line **old = g->buckets;
	size_t count = g->bucket_count;

	g->bucket_count = count * 2;
	g->buckets = xcalloc(g->bucket_count, sizeof(struct gate_line *));
	for (size_t i = 0; i < count; i++)
		for (struct gate_line *l = old[i], *next = NULL; l != NULL; l = next) {
			next = l->next_in_bucket;
			put(g, l);
		}
	free(old);
}

static struct gate_line *line_of(struct gate *g, const void *key, size_t len)
{
	struct gate_line *l = g->buckets[bucket_of(g, key, len)];

	while (l != NULL && (l->len != len || memcmp(l->key, key, len) != 0))
		l = l->next_in_bucket;
	if (l != NULL)
		return l;
	if (g->line_count++ >= g->bucket_count)
		grow(g);
	l = xcalloc(1, sizeof(*l));
	l->key = xmemdup(key, len);
	l->len = len;
	put(g, l);
	return l;
}

static void drop_if_empty(struct gate *g, struct gate_line *l)
{
	if (l->inside > 0 || l->first != NULL)
		return;
	struct gate_line **at = &g->buckets[bucket_of(g, l->key, l->len)];

	while (*at != l)
		at = &(*at)->next_in_bucket;
	*at = l->next_in_bucket;
	g->line_count--;
	free(l->key);
	free(l);
}

/* --- turns --- */

static bool may_have_turn(const struct gate *g, const struct gate_line *l)
{
	return l->first != NULL && l->inside < g->max_per_key;
}

static void end_turn(struct gate *g, struct gate_line *l)
{
	*(l->previous_turn != NULL ? &l->previous_turn->next_turn : &g->first_turn) = l->next_turn;
	*(l->next_turn != NULL ? &l->next_turn->previous_turn : &g->last_turn) = l->previous_turn;
	l->next_turn = l->previous_turn = NULL;
	l->has_turn = false;
}

/* Is l among those whose turn comes, if and only if it may be? */
static void settle_turn(struct gate *g, struct gate_line *l)
{
	if (l->has_turn == may_have_turn(g, l))
		return;
	if (l->has_turn) {
		end_turn(g, l);
		return;
	}
	l->previous_turn = g->last_turn;
	*(g->last_turn != NULL ? &g->last_turn->next_turn : &g->first_turn) = l;
	g->last_turn = l;
	l->has_turn = true;
}

static void call_next(struct gate *g)
{
	if (g->first_turn != NULL && g->inside < g->max)
		event_active(g->turn, EV_TIMEOUT, 0);
}

/* --- passes --- */

static void stand_in_line(struct gate_line *l, struct gate_pass *p)
{
	p->previous = l->last;
	p->next = NULL;
	*(l->last != NULL ? &l->last->next : &l->first) = p;
	l->last = p;
}

static void step_out_of_line(struct gate_line *l, struct gate_pass *p)
{
	*(p->previous != NULL ? &p->previous->next : &l->first) = p->next;
	*(p->next != NULL ? &p->next->previous : &l->last) = p->previous;
	p->next = p->previous = NULL;
}

static void let_in(struct gate *g, struct gate_pass *p)
{
	p->inside = true;
	p->line->inside++;
	g->inside++;
}

/* One a call: enter() may do whatever it likes to the gate. */
static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct gate *g = ctx;
	struct gate_line *l = g->first_turn;

	(void)fd;
	(void)what;
	if (l == NULL || g->inside >= g->max)
		return;
	struct gate_pass *p = l->first;

	step_out_of_line(l, p);
	let_in(g, p);
	end_turn(g, l);
	settle_turn(g, l);
	call_next(g);
	p->enter(p->ctx);
}

bool gate_ask(struct gate *g, struct gate_pass *p, const void *key, size_t len)
{
	struct gate_line *l = line_of(g, key, len);

	p->line = l;
	p->inside = false;
	if (g->first_turn == NULL && l->first == NULL && g->inside < g->max &&
	    l->inside < g->max_per_key) {
		let_in(g, p);
		return true;
	}
	stand_in_line(l, p);
	settle_turn(g, l);
	call_next(g);
	return false;
}

void gate_leave(struct gate *g, struct gate_pass *p)
{
	struct gate_line *l = p->line;

	if (l == NULL)
		return;
	if (p->inside) {
		l->inside--;
		g->inside--;
	} else {
		step_out_of_line(l, p);
	}
	p->line = NULL;
	p->inside = false;
	settle_turn(g, l);
	drop_if_empty(g, l);
	call_next(g);
}

/* --- life --- */

struct gate *gate_new(struct event_base *base, size_t max, size_t max_per_key)
{
	struct gate *g = xcalloc(1, sizeof(*g));

	g->max = max;
	g->max_per_key = max_per_key;
	g->bucket_count = BUCKETS_AT_FIRST;
	g->buckets = xcalloc(g->bucket_count, sizeof(struct gate_line *));
	g->turn = event_new(base, -1, 0, on_turn, g);
	if (g->turn == NULL)
		abort();
	return g;
}

void gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	event_free(g->turn);
	free(g->buckets);
	free(g);
}
