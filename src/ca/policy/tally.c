#include "ca/policy/tally.h"

#include <string.h>

#include "base/str.h"

enum { BUCKETS_MIN = 64 };

struct entry {
	struct entry *next;          /* in its bucket */
	struct entry *newer, *older; /* by their last use */
	int64_t number;
	char *key;
};

struct tally {
	struct entry **buckets;
	size_t bucket_count, count, max;
	struct entry *newest, *oldest;
};

struct tally *tally_new(size_t max)
{
	struct tally *t = xcalloc(1, sizeof(*t));

	t->max = max;
	t->bucket_count = BUCKETS_MIN;
	t->buckets = xcalloc(t->bucket_count, sizeof(struct entry *));
	return t;
}

/* FNV-1a, begun where this table happens to lie, so that nobody can prepare keys that meet. */
static size_t hash(const struct tally *t, const char *key)
{
	uint64_t h = 0xcbf29ce484222325u ^ (uint64_t)(uintptr_t)t;

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32);
}

static struct entry **place_of(const struct tally *t, const char *key)
{
	struct entry **at = &t->buckets[hash(t, key) % t->bucket_count];

	while (*at != NULL && !streq((*at)->key, key))
		at = &(*at)->next;
	return at;
}

static void unlink_entry(struct tally *t, struct entry *e)
{
	*(e->newer != NULL ? &e->newer->older : &t->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &t->oldest) = e->newer;
}

static void link_newest(struct tally *t, struct entry *e)
{
	e->newer = NULL;
	e->older = t->newest;
	*(t->newest != NULL ? &t->newest->newer : &t->oldest) = e;
	t->newest = e;
}

static void drop_oldest(struct tally *t)
{
	struct entry *e = t->oldest;

	*place_of(t, e->key) = e->next;
	unlink_entry(t, e);
	free(e->key);
	free(e);
	t->count--;
}

static void grow(struct tally *t)
{
	AUTO(free) struct entry **before = t->buckets;

	t->bucket_count *= 2;
	t->buckets = xcalloc(t->bucket_count, sizeof(struct entry *));
	for (struct entry *e = t->newest; e != NULL; e = e->older) {
		struct entry **at = &t->buckets[hash(t, e->key) % t->bucket_count];

		e->next = *at;
		*at = e;
	}
}

static struct entry *add(struct tally *t, const char *key)
{
	struct entry *e = xcalloc(1, sizeof(*e));

	if (t->count == t->max)
		drop_oldest(t);
	if (t->count == t->bucket_count)
		grow(t);
	e->key = xstrdup(key);
	*place_of(t, key) = e;
	link_newest(t, e);
	t->count++;
	return e;
}

int64_t *tally_at(struct tally *t, const char *key)
{
	struct entry *e = *place_of(t, key);

	if (e == NULL)
		return &add(t, key)->number;
	unlink_entry(t, e);
	link_newest(t, e);
	return &e->number;
}

int64_t tally_peek(const struct tally *t, const char *key)
{
	const struct entry *e = *place_of(t, key);

	return e != NULL ? e->number : 0;
}

void tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	for (struct entry *e = t->newest, *next = NULL; e != NULL; e = next) {
		next = e->older;
		free(e->key);
		free(e);
	}
	free(t->buckets);
	free(t);
}
