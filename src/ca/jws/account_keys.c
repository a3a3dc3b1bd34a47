#include "ca/jws/account_keys.h"

#include <pthread.h>

#include "base/str.h"

struct entry {
	struct account_key known;
	int64_t read_ms;
	struct entry *next;          /* in its bucket */
	struct entry *newer, *older; /* by their last use */
};

struct account_keys {
	const struct world *world;
	int64_t lifetime_ms;
	size_t max;
	pthread_mutex_t lock; /* of what follows */
	struct entry **buckets;
	size_t bucket_count, count;
	struct entry *newest, *oldest;
	uint64_t age;
};

void account_key_release(struct account_key *k)
{
	EVP_PKEY_free(k->key);
	verifying_free(k->verifying);
	free(k->thumbprint);
	*k = (struct account_key){ 0 };
}

static struct account_key copy_of(const struct account_key *k)
{
	struct account_key copy = *k;

	(void)EVP_PKEY_up_ref(k->key);
	verifying_hold(copy.verifying);
	copy.thumbprint = xstrdup(k->thumbprint);
	return copy;
}

struct account_keys *account_keys_new(const struct world *world, size_t max, int64_t seconds)
{
	struct account_keys *c = xcalloc(1, sizeof(*c));

	c->world = world;
	c->lifetime_ms = seconds * 1000;
	c->max = max;
	c->bucket_count = max;
	c->buckets = xcalloc(max, sizeof(struct entry *));
	(void)pthread_mutex_init(&c->lock, NULL);
	return c;
}

/* --- places: all under the lock --- */

/* Ids are given out in order, which spreads them over buckets as well as a hash would. */
static struct entry **place_of(const struct account_keys *c, int64_t account_id)
{
	struct entry **at = &c->buckets[(size_t)account_id % c->bucket_count];

	while (*at != NULL && (*at)->known.account_id != account_id)
		at = &(*at)->next;
	return at;
}

static void unlink_entry(struct account_keys *c, struct entry *e)
{
	*(e->newer != NULL ? &e->newer->older : &c->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &c->oldest) = e->newer;
}

static void link_newest(struct account_keys *c, struct entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	*(c->newest != NULL ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void drop(struct account_keys *c, int64_t account_id)
{
	struct entry **at = place_of(c, account_id);
	struct entry *e = *at;

	if (e == NULL)
		return;
	*at = e->next;
	unlink_entry(c, e);
	account_key_release(&e->known);
	free(e);
	c->count--;
}

static void add(struct account_keys *c, struct account_key *known, int64_t now_ms)
{
	struct entry *e = xcalloc(1, sizeof(*e));

	drop(c, known->account_id);
	if (c->count == c->max)
		drop(c, c->oldest->known.account_id);
	struct entry **at = place_of(c, known->account_id);

	e->known = *known;
	e->read_ms = now_ms;
	*at = e;
	link_newest(c, e);
	c->count++;
}

/* --- for the outside --- */

void account_keys_free(struct account_keys *c)
{
	if (c == NULL)
		return;
	while (c->oldest != NULL)
		drop(c, c->oldest->known.account_id);
	(void)pthread_mutex_destroy(&c->lock);
	free(c->buckets);
	free(c);
}

bool account_keys_get(struct account_keys *c, int64_t account_id, struct account_key *out)
{
	int64_t now_ms = world_monotonic_ms(c->world);

	(void)pthread_mutex_lock(&c->lock);
	struct entry *e = *place_of(c, account_id);
	bool known = e != NULL && now_ms - e->read_ms < c->lifetime_ms;

	if (known) {
		*out = copy_of(&e->known);
		unlink_entry(c, e);
		link_newest(c, e);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return known;
}

bool account_keys_recall(struct account_keys *c, int64_t account_id, const char *thumbprint,
			 struct account_key *out)
{
	(void)pthread_mutex_lock(&c->lock);
	const struct entry *e = *place_of(c, account_id);
	bool same = e != NULL && streq(e->known.thumbprint, thumbprint);

	if (same)
		*out = copy_of(&e->known);
	(void)pthread_mutex_unlock(&c->lock);
	return same;
}

uint64_t account_keys_age(struct account_keys *c)
{
	(void)pthread_mutex_lock(&c->lock);
	uint64_t age = c->age;

	(void)pthread_mutex_unlock(&c->lock);
	return age;
}

void account_keys_put(struct account_keys *c, const struct account_key *k, uint64_t age)
{
	int64_t now_ms = world_monotonic_ms(c->world);
	struct account_key copy = copy_of(k);

	(void)pthread_mutex_lock(&c->lock);
	bool fresh = age == c->age;

	if (fresh)
		add(c, &copy, now_ms);
	(void)pthread_mutex_unlock(&c->lock);
	if (!fresh)
		account_key_release(&copy);
}

void account_keys_forget(struct account_keys *c, int64_t account_id)
{
	(void)pthread_mutex_lock(&c->lock);
	c->age++;
	drop(c, account_id);
	(void)pthread_mutex_unlock(&c->lock);
}
