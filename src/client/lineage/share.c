#include "client/lineage/share.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/mem.h"

/* A thread takes this many at once; fewer items than two such parts are not worth a second thread. */
#define PART 32

struct shares {
	share_fn work;
	void *ctx;
	size_t count;
	atomic_size_t next;
};

struct sharer {
	struct shares *all;
	unsigned thread;
};

static void *take_parts(void *arg)
{
	const struct sharer *s = arg;
	struct shares *all = s->all;

	for (;;) {
		size_t from = atomic_fetch_add(&all->next, PART);

		if (from >= all->count)
			return NULL;
		all->work(all->ctx, s->thread, from,
			  all->count - from < PART ? all->count : from + PART);
	}
}

/* The system is not asked for a few: that costs as much as they do. */
static unsigned thread_count(size_t items)
{
	size_t parts = items / PART;
	long processors = parts > 1 ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
	size_t most = processors < 1 ? 1 : (size_t)processors;

	most = most > SHARE_THREADS ? SHARE_THREADS : most;
	return (unsigned)(parts > 1 && most > 1 ? (parts < most ? parts : most) : 1);
}

void share_work(size_t count, share_fn work, void *ctx)
{
	struct shares all = { .work = work, .ctx = ctx, .count = count };
	struct sharer sharers[SHARE_THREADS];
	pthread_t threads[SHARE_THREADS];
	unsigned wanted = thread_count(count), started = 1;

	for (unsigned i = 0; i < SHARE_THREADS; i++)
		sharers[i] = (struct sharer){ .all = &all, .thread = i };
	while (started < wanted &&
	       pthread_create(&threads[started], NULL, take_parts, &sharers[started]) == 0)
		started++;
	(void)take_parts(&sharers[0]);
	while (started > 1)
		(void)pthread_join(threads[--started], NULL);
}
