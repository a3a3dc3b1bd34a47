#include "client/cmd/crew.h"

#include <pthread.h>

#include "base/limits.h"

/* Who waits for a peer looks so often whether something else can be done, or somebody asks to stop. */
#define LOOK_AGAIN_MS 50

struct crew {
	const struct world *world;
	const struct crew_work *work;
	struct crew_job *jobs;
	size_t count;
	size_t first; /* before it all are concluded */
	bool stopped; /* none is begun any more */
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

struct lane {
	struct crew *crew;
	unsigned number;
};

void crew_job_release(struct crew_job *j)
{
	strlist_release(&j->names);
	free(MOVE(j->peer));
}

/* --- which job is next --- */

static bool share_a_name(const struct crew_job *a, const struct crew_job *b)
{
	for (size_t i = 0; i < a->names.count; i++)
		if (strlist_has(&b->names, a->names.items[i]))
			return true;
	return false;
}

static bool in_the_way(const struct crew_job *a, const struct crew_job *b)
{
	if (a->alone != NULL && b->alone != NULL && streq(a->alone, b->alone))
		return true;
	if (a->limited && b->limited && streq(a->peer, b->peer))
		return true;
	return share_a_name(a, b);
}

/* What stands before it in the line counts too: who needs the same has it in the order of the jobs. */
static bool is_blocked(const struct crew *c, size_t job)
{
	for (size_t i = c->first; i < c->count; i++) {
		const struct crew_job *other = &c->jobs[i];
		bool before = other->state == JOB_WAITING && i < job;

		if ((before || other->state == JOB_RUNNING) && in_the_way(other, &c->jobs[job]))
			return true;
	}
	return false;
}

/* *wait_ms: how long until one can be begun that only waits for its peer; -1: no such. */
static struct crew_job *pick(const struct crew *c, int64_t *wait_ms)
{
	int64_t now_ms = world_monotonic_ms(c->world);

	*wait_ms = -1;
	for (size_t i = c->first; i < c->count; i++) {
		struct crew_job *j = &c->jobs[i];
		int64_t left_ms = j->not_before_ms - now_ms;

		if (j->barrier && j->state == JOB_RUNNING)
			return NULL;
		if (j->state != JOB_WAITING)
			continue;
		if ((!j->barrier || i == c->first) && left_ms <= 0 && !is_blocked(c, i))
			return j;
		if (left_ms > 0 && (*wait_ms < 0 || left_ms < *wait_ms))
			*wait_ms = left_ms;
		if (j->barrier)
			return NULL;
	}
	return NULL;
}

static bool any_waiting(const struct crew *c)
{
	for (size_t i = c->first; i < c->count; i++)
		if (c->jobs[i].state == JOB_WAITING)
			return true;
	return false;
}

/* --- a thread --- */

static void wait_for_peer(struct crew *c, int64_t left_ms)
{
	(void)pthread_mutex_unlock(&c->lock);
	struct err *e = world_sleep_ms(c->world, left_ms < LOOK_AGAIN_MS ? left_ms : LOOK_AGAIN_MS);

	(void)pthread_mutex_lock(&c->lock);
	c->stopped |= e != NULL;
	err_ignore(e);
}

static struct crew_job *next(struct crew *c)
{
	while (!c->stopped && any_waiting(c)) {
		int64_t wait_ms = -1;
		struct crew_job *j = pick(c, &wait_ms);

		if (j != NULL)
			return j;
		if (wait_ms >= 0)
			wait_for_peer(c, wait_ms);
		else
			(void)pthread_cond_wait(&c->changed, &c->lock);
	}
	return NULL;
}

static void put_back(struct crew *c, struct crew_job *j, int64_t wait_ms)
{
	int64_t till_ms = world_monotonic_ms(c->world) + wait_ms;

	j->state = JOB_WAITING;
	for (size_t i = c->first; i < c->count; i++) {
		struct crew_job *other = &c->jobs[i];

		if (!streq(other->peer, j->peer))
			continue;
		other->limited = true;
		if (other->not_before_ms < till_ms)
			other->not_before_ms = till_ms;
	}
}

static void do_job(struct crew *c, unsigned lane, struct crew_job *j)
{
	int64_t wait_ms = 0;

	j->state = JOB_RUNNING;
	(void)pthread_mutex_unlock(&c->lock);
	enum crew_result r = c->work->work(c->work->ctx, lane, (size_t)(j - c->jobs), &wait_ms);

	(void)pthread_mutex_lock(&c->lock);
	j->state = JOB_ENDED;
	c->stopped |= r == CREW_STOP;
	if (r == CREW_AGAIN)
		put_back(c, j, wait_ms);
	(void)pthread_cond_broadcast(&c->changed);
}

static void *run_lane(void *arg)
{
	const struct lane *l = arg;
	struct crew *c = l->crew;
	struct crew_job *j;

	(void)pthread_mutex_lock(&c->lock);
	while ((j = next(c)) != NULL)
		do_job(c, l->number, j);
	(void)pthread_cond_broadcast(&c->changed); /* it may have stopped while it waited */
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* --- the caller's thread --- */

static bool has_ended(struct crew *c, const struct crew_job *j)
{
	while (j->state == JOB_RUNNING || (j->state == JOB_WAITING && !c->stopped))
		(void)pthread_cond_wait(&c->changed, &c->lock);
	return j->state == JOB_ENDED;
}

static void conclude_all(struct crew *c)
{
	(void)pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->count; i++) {
		if (has_ended(c, &c->jobs[i])) {
			(void)pthread_mutex_unlock(&c->lock);
			c->work->conclude(c->work->ctx, i);
			(void)pthread_mutex_lock(&c->lock);
		}
		c->jobs[i].state = JOB_CONCLUDED;
		c->first = i + 1;
		(void)pthread_cond_broadcast(&c->changed);
	}
	(void)pthread_mutex_unlock(&c->lock);
}

static void crew_init(struct crew *c)
{
	if (pthread_mutex_init(&c->lock, NULL) != 0 || pthread_cond_init(&c->changed, NULL) != 0)
		abort();
}

static void crew_release(struct crew *c)
{
	(void)pthread_mutex_destroy(&c->lock);
	(void)pthread_cond_destroy(&c->changed);
}

AUTO_RELEASE(struct crew, crew_release)

bool crew_run(const struct world *w, struct crew_job *jobs, size_t count, unsigned lanes,
	      const struct crew_work *work)
{
	AUTO(crew_release)
	struct crew c = { .world = w, .work = work, .jobs = jobs, .count = count };
	struct lane lane[LIMIT_JOBS];
	pthread_t threads[LIMIT_JOBS];
	unsigned started = 0;

	crew_init(&c);
	for (unsigned i = 0; i < lanes && i < LIMIT_JOBS; i++) {
		lane[i] = (struct lane){ .crew = &c, .number = i };
		started += pthread_create(&threads[started], NULL, run_lane, &lane[i]) == 0;
	}
	if (started > 0)
		conclude_all(&c);
	while (started > 0)
		(void)pthread_join(threads[--started], NULL);
	return count == 0 || jobs[0].state == JOB_CONCLUDED;
}
