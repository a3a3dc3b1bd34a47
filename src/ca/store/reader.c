#include "ca/store/reader.h"

#include <pthread.h>

#include "ca/store/queue.h"
#include "ca/store/threads.h"

enum { THREADS = 4, IDLE_MAX = 64 };

struct reader {
	const struct place *place;
	struct queue *queue;
	pthread_t threads[THREADS];
	size_t running;
	pthread_mutex_t lock; /* of idle */
	struct db *idle[IDLE_MAX];
	size_t idle_count;
};

static struct db *take_idle(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	struct db *db = r->idle_count > 0 ? r->idle[--r->idle_count] : NULL;

	pthread_mutex_unlock(&r->lock);
	return db;
}

static void give_back(struct reader *r, struct db *db)
{
	bool kept = false;

	db->ops->finish(db);
	pthread_mutex_lock(&r->lock);
	if (r->idle_count < IDLE_MAX && db->ops->usable(db)) {
		r->idle[r->idle_count++] = db;
		kept = true;
	}
	pthread_mutex_unlock(&r->lock);
	if (!kept)
		db_close(db);
}

static struct err *read_with(struct reader *r, struct db *db, struct op *op)
{
	struct tx t = { db, NULL, r->place->world, &op->answer };

	return op->kind->run(&t, op->args);
}

static struct err *read_anew(struct reader *r, struct op *op)
{
	struct db *db = NULL;

	TRY(r->place->driver->open(&db, r->place->where));
	struct err *e = read_with(r, db, op);

	give_back(r, db);
	return e;
}

/* An idle connection may have died meanwhile: that is no reason to refuse. */
static struct err *read_once(struct reader *r, struct op *op)
{
	struct db *db = take_idle(r);

	if (db == NULL)
		return read_anew(r, op);
	struct err *e = read_with(r, db, op);
	bool died = e != NULL && !db->ops->usable(db);

	give_back(r, db);
	if (!died)
		return e;
	err_free(e);
	op_reset(op);
	return read_anew(r, op);
}

static void read_and_answer(struct reader *r, struct op *op)
{
	AUTO(err_free) struct err *e = read_once(r, op);

	if (e != NULL)
		op_fail(op, e);
	op_answer(op);
}

static void *read_loop(void *arg)
{
	struct reader *r = arg;

	for (struct op *op; (op = queue_take(r->queue, 1)) != NULL;)
		read_and_answer(r, op);
	return NULL;
}

struct err *reader_new(struct reader **out, const struct place *place)
{
	AUTO(reader_free) struct reader *r = xcalloc(1, sizeof(*r));

	r->place = place;
	r->queue = queue_new();
	(void)pthread_mutex_init(&r->lock, NULL);
	for (; r->running < THREADS; r->running++)
		TRY(thread_start(&r->threads[r->running], read_loop, r));
	*out = MOVE(r);
	return NULL;
}

void reader_ask(struct reader *r, struct op *op)
{
	if (op->kind->way == OP_READ && r->place->driver->reads_inline) {
		read_and_answer(r, op);
		return;
	}
	if (queue_push(r->queue, op))
		return;
	AUTO(err_free) struct err *full = err_new(ERR_BUSY, "too many reads are waiting");

	op_fail(op, full);
	op_answer(op);
}

void reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	queue_close(r->queue);
	for (size_t i = 0; i < r->running; i++)
		pthread_join(r->threads[i], NULL);
	for (size_t i = 0; i < r->idle_count; i++)
		db_close(r->idle[i]);
	(void)pthread_mutex_destroy(&r->lock);
	queue_free(r->queue);
	free(r);
}
