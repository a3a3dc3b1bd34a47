#include "ca/crl/shelf.h"

#include <pthread.h>
#include <stdatomic.h>

struct crl_copy {
	atomic_uint readers; /* the shelf is one */
	struct buf der;
	struct crl_times times;
};

struct place {
	struct crl_place at;
	struct crl_copy *copy; /* NULL: not made yet */
	time_t wanted;         /* by when it is to be made anew */
};

struct crl_shelf {
	pthread_mutex_t lock;
	struct place *places;
	size_t count;
};

/* --- copies */

const struct buf *crl_copy_der(const struct crl_copy *copy)
{
	return &copy->der;
}

time_t crl_copy_due(const struct crl_copy *copy)
{
	return copy->times.due;
}

bool crl_copy_is_of(const struct crl_copy *copy, time_t now)
{
	return copy->times.made <= now && now < copy->times.due;
}

bool crl_copy_holds(const struct crl_copy *copy, time_t now)
{
	return copy->times.made <= now && now < copy->times.ends;
}

void crl_copy_release(struct crl_copy *copy)
{
	if (copy == NULL || atomic_fetch_sub(&copy->readers, 1) > 1)
		return;
	buf_release(&copy->der);
	free(copy);
}

void crl_place_release(struct crl_place *p)
{
	free(p->issuer);
	p->issuer = NULL;
}

/* --- the shelf */

struct crl_shelf *crl_shelf_new(void)
{
	struct crl_shelf *s = xcalloc(1, sizeof(*s));

	(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void empty(struct place *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		crl_copy_release(places[i].copy);
		free(places[i].at.issuer);
	}
	free(places);
}

void crl_shelf_free(struct crl_shelf *s)
{
	if (s == NULL)
		return;
	empty(s->places, s->count);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static struct place *find(struct crl_shelf *s, const char *issuer, int64_t shard)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->places[i].at.shard == shard && streq(s->places[i].at.issuer, issuer))
			return &s->places[i];
	return NULL;
}

static size_t places_of(const struct ca_config *c)
{
	size_t count = 0;

	for (size_t i = 0; i < c->issuer_count; i++)
		if (c->issuers[i].crl_url != NULL)
			count += (size_t)c->issuers[i].crl_shards;
	return count;
}

/* Moves what the old place has. */
static void fill(struct place *new, struct place *old)
{
	if (old == NULL)
		return;
	new->copy = MOVE(old->copy);
	new->wanted = old->wanted;
}

static void arrange(struct crl_shelf *s, const struct ca_config *c)
{
	struct place *places = xcalloc(places_of(c) + 1, sizeof(*places));
	size_t count = 0;

	for (size_t i = 0; i < c->issuer_count; i++) {
		const struct issuer_config *issuer = &c->issuers[i];

		for (int64_t n = 0; issuer->crl_url != NULL && n < issuer->crl_shards; n++) {
			struct place *p = &places[count++];

			p->at = (struct crl_place){ xstrdup(issuer->name), n };
			fill(p, find(s, issuer->name, n));
		}
	}
	empty(s->places, s->count);
	s->places = places;
	s->count = count;
}

void crl_shelf_arrange(struct crl_shelf *s, const struct ca_config *config)
{
	(void)pthread_mutex_lock(&s->lock);
	arrange(s, config);
	(void)pthread_mutex_unlock(&s->lock);
}

bool crl_shelf_want(struct crl_shelf *s, const char *issuer, int64_t shard, time_t when)
{
	(void)pthread_mutex_lock(&s->lock);
	struct place *p = find(s, issuer, shard);
	bool sooner = p != NULL && when < p->wanted;

	if (sooner)
		p->wanted = when;
	(void)pthread_mutex_unlock(&s->lock);
	return sooner;
}

bool crl_shelf_first(struct crl_shelf *s, struct crl_place *out, time_t *when)
{
	const struct place *first = NULL;

	(void)pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->count; i++)
		if (first == NULL || s->places[i].wanted < first->wanted)
			first = &s->places[i];
	if (first != NULL) {
		*out = (struct crl_place){ xstrdup(first->at.issuer), first->at.shard };
		*when = first->wanted;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return first != NULL;
}

void crl_shelf_take(struct crl_shelf *s, const struct crl_place *p, time_t next)
{
	(void)pthread_mutex_lock(&s->lock);
	struct place *found = find(s, p->issuer, p->shard);

	if (found != NULL)
		found->wanted = next;
	(void)pthread_mutex_unlock(&s->lock);
}

void crl_shelf_put(struct crl_shelf *s, const struct crl_place *p, struct buf *der,
		   const struct crl_times *times)
{
	struct crl_copy *copy = xcalloc(1, sizeof(*copy));
	struct crl_copy *before = copy; /* when its place is gone */

	*copy = (struct crl_copy){ .der = *der, .times = *times };
	atomic_init(&copy->readers, 1);
	*der = (struct buf){ .max = der->max };
	(void)pthread_mutex_lock(&s->lock);
	struct place *found = find(s, p->issuer, p->shard);

	if (found != NULL) {
		before = found->copy;
		found->copy = copy;
	}
	(void)pthread_mutex_unlock(&s->lock);
	crl_copy_release(before);
}

struct crl_copy *crl_shelf_read(struct crl_shelf *s, const char *issuer, int64_t shard,
				bool *expected)
{
	struct crl_copy *copy = NULL;

	(void)pthread_mutex_lock(&s->lock);
	const struct place *p = find(s, issuer, shard);

	*expected = p != NULL;
	if (p != NULL && p->copy != NULL) {
		copy = p->copy;
		(void)atomic_fetch_add(&copy->readers, 1);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return copy;
}
