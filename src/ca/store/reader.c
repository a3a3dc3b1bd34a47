#include "ca/store/reader.h"

#include <pthread.h>

#include "base/limits.h"
#include "ca/store/queue.h"
#include "ca/store/rehearsal.h"
#include "ca/store/threads.h"
#include "net/mailbox.h"

enum { LANE_THREADS = 2, IDLE_MAX = 64 };

/* Reads of one kind, and the threads that do them. */
struct lane {
	struct reader *reader;
	struct queue *queue;
	size_t at_once;
	pthread_t threads[LANE_THREADS];
	size_t running;
};

struct reader {
	const struct place *place;
	struct lane by_key, scans;
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
	if (db->ops->forget != NULL)
		db->ops->forget(db);
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

static struct err *read_anew(struct reader *r, bool *down, struct op *op)
{
	struct db *db = NULL;
	struct err *e = r->place->driver->open(&db, r->place->where);

	*down = e != NULL;
	if (e != NULL)
		return e;
	e = read_with(r, db, op);
	give_back(r, db);
	return e;
}

/* An idle connection may have died meanwhile: that is no reason to refuse. */
static struct err *read_once(struct reader *r, bool *down, struct op *op)
{
	struct db *db = take_idle(r);

	*down = false;
	if (db == NULL)
		return read_anew(r, down, op);
	struct err *e = read_with(r, db, op);
	bool died = e != NULL && !db->ops->usable(db);

	give_back(r, db);
	if (!died)
		return e;
	err_free(e);
	op_reset(op);
	return read_anew(r, down, op);
}

static void answer(struct op *op, const struct err *why)
{
	if (why != NULL)
		op_fail(op, why);
	op_answer(op);
}

/* Without a connection nobody who waits now has to wait for another attempt. */
static void one_by_one(struct reader *r, struct op *list)
{
	AUTO(err_free) struct err *e = NULL;
	bool down = false;

	while (list != NULL) {
		struct op *op = list;

		list = op->next;
		if (!down) {
			err_free(e);
			e = read_once(r, &down, op);
		}
		answer(op, e);
	}
}

/* What is left is what failed, and what is behind it. */
static struct err *read_all(struct reader *r, struct db *db, struct op **list)
{
	struct tx t = { db, NULL, r->place->world, NULL };

	TRY(rehearse_reads(&t, *list));
	while (*list != NULL) {
		struct op *op = *list;

		TRY(read_with(r, db, op));
		*list = op->next;
		op_answer(op);
	}
	return NULL;
}

/* Over one connection, as far as that goes well; the rest. */
static struct op *read_together(struct reader *r, struct op *list)
{
	struct db *db = take_idle(r);
	struct err *e = db == NULL ? r->place->driver->open(&db, r->place->where) : NULL;

	if (e == NULL)
		e = read_all(r, db, &list);
	err_ignore(e);
	if (db != NULL)
		give_back(r, db);
	if (list != NULL)
		op_reset(list);
	return list;
}

static void *read_loop(void *arg)
{
	struct lane *l = arg;

	for (struct op *list; (list = queue_take(l->queue, l->at_once)) != NULL;)
		one_by_one(l->reader, list->next != NULL ? read_together(l->reader, list) : list);
	return NULL;
}

static struct err *open_lane(struct lane *l, struct reader *r, size_t at_once)
{
	l->reader = r;
	l->at_once = at_once;
	l->queue = queue_new();
	for (; l->running < LANE_THREADS; l->running++)
		TRY(thread_start(&l->threads[l->running], read_loop, l));
	return NULL;
}

struct err *reader_new(struct reader **out, const struct place *place)
{
	AUTO(reader_free) struct reader *r = xcalloc(1, sizeof(*r));

	r->place = place;
	(void)pthread_mutex_init(&r->lock, NULL);
	TRY(open_lane(&r->scans, r, 1));
	if (!place->driver->reads_inline)
		TRY(open_lane(&r->by_key, r, LIMIT_STORE_BATCH));
	*out = MOVE(r);
	return NULL;
}

static void read_here(struct reader *r, struct op *op)
{
	bool down = false;
	AUTO(err_free) struct err *e = read_once(r, &down, op);

	if (e != NULL)
		op_fail(op, e);
	op_answer_here(op);
}

static void wake(void *queue)
{
	queue_wake(queue);
}

void reader_ask(struct reader *r, struct op *op)
{
	bool by_key = op->kind->way == OP_READ;
	struct mailbox *m = op->who.mailbox;

	if (by_key && r->place->driver->reads_inline) {
		read_here(r, op);
		return;
	}
	struct queue *q = by_key ? r->by_key.queue : r->scans.queue;

	if (queue_push(q, op)) {
		mailbox_at_turn_end(m, wake, q);
		return;
	}
	AUTO(err_free) struct err *full = err_new(ERR_BUSY, "too many reads are waiting");

	answer(op, full);
}

static void close_lane(struct lane *l)
{
	if (l->queue == NULL)
		return;
	queue_close(l->queue);
	for (size_t i = 0; i < l->running; i++)
		pthread_join(l->threads[i], NULL);
	queue_free(l->queue);
}

void reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	close_lane(&r->by_key);
	close_lane(&r->scans);
	for (size_t i = 0; i < r->idle_count; i++)
		db_close(r->idle[i]);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}
