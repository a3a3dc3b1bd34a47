#include "ca/store/writer.h"

#include <pthread.h>

#include "base/limits.h"
#include "ca/store/queue.h"
#include "ca/store/rehearsal.h"
#include "ca/store/schema.h"
#include "ca/store/threads.h"
#include "net/mailbox.h"

struct writer {
	const struct place *place;
	struct queue *queue;
	struct db *db; /* NULL: to be connected */
	struct ids ids;
	pthread_t thread;
	bool running;
};

static struct err *read_last_id(struct writer *w, struct db *db)
{
	static const char *const sql[] = {
		"SELECT id FROM accounts ORDER BY id DESC LIMIT 1",
		"SELECT id FROM orders ORDER BY id DESC LIMIT 1",
		"SELECT id FROM authzs ORDER BY id DESC LIMIT 1",
	};

	for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
		bool row = false;

		TRY(db_find(db, &row, sql[i], DB_NO_VALUES));
		if (row && db_int_at(db, 0) > w->ids.last)
			w->ids.last = db_int_at(db, 0);
	}
	db->ops->finish(db);
	return NULL;
}

static struct err *connect_db(struct writer *w)
{
	AUTO(db_close) struct db *db = NULL;

	if (w->db != NULL)
		return NULL;
	TRY(w->place->driver->open(&db, w->place->where));
	TRY(schema_update(db, migrations, migration_count));
	TRY(read_last_id(w, db));
	w->db = MOVE(db);
	return NULL;
}

static void drop_if_broken(struct writer *w)
{
	if (w->db == NULL || w->db->ops->usable(w->db))
		return;
	db_close(w->db);
	w->db = NULL;
}

static struct err *run_all(struct writer *w, struct op *list)
{
	struct tx t = { w->db, &w->ids, w->place->world, NULL };
	struct op *rehearsed = list; /* up to here */

	for (struct op *op = list; op != NULL; op = op->next) {
		if (op == rehearsed)
			TRY(rehearse_changes(&rehearsed, &t, op));
		t.answer = &op->answer;
		TRY(op->kind->run(&t, op->args));
	}
	return NULL;
}

/* The connection was lost during the commit: whether it was done is asked of a new one. */
static struct err *settle(struct writer *w, int64_t transaction, struct err *lost)
{
	bool done = false;
	struct err *e = connect_db(w);

	if (e == NULL)
		e = w->db->ops->was_committed(w->db, &done, transaction);
	drop_if_broken(w);
	err_ignore(e);
	if (!done)
		return lost;
	err_free(lost);
	return NULL;
}

static struct err *commit(struct writer *w)
{
	const struct db_ops *ops = w->db->ops;
	struct err *e = ops->commit(w->db);
	int64_t transaction = e != NULL && ops->in_doubt != NULL ? ops->in_doubt(w->db) : 0;

	if (e != NULL)
		ops->rollback(w->db);
	drop_if_broken(w);
	return transaction != 0 ? settle(w, transaction, e) : e;
}

/* In one transaction: all of the list or nothing. There is a connection. */
static struct err *transact(struct writer *w, struct op *list)
{
	struct err *e = w->db->ops->begin(w->db);

	if (e == NULL)
		e = run_all(w, list);
	if (e == NULL)
		return commit(w);
	w->db->ops->rollback(w->db);
	drop_if_broken(w);
	return e;
}

static void answer_all(struct op *list, const struct err *why)
{
	for (struct op *op = list; why != NULL && op != NULL; op = op->next)
		op_fail(op, why);
	op_answer_all(list);
}

/* No connection: nobody who waits now has to wait for another attempt. */
static void fail_everything(struct writer *w, struct op *list, const struct err *why)
{
	answer_all(list, why);
	answer_all(queue_take_waiting(w->queue), why);
}

static void one_by_one(struct writer *w, struct op *list)
{
	while (list != NULL) {
		AUTO(err_free) struct err *down = connect_db(w);

		if (down != NULL) {
			fail_everything(w, list, down);
			return;
		}
		struct op *op = list;

		list = op->next;
		op->next = NULL;
		op_reset(op);
		AUTO(err_free) struct err *e = transact(w, op);

		answer_all(op, e);
	}
}

static void do_together(struct writer *w, struct op *list)
{
	AUTO(err_free) struct err *down = connect_db(w);

	if (down != NULL) {
		fail_everything(w, list, down);
		return;
	}
	AUTO(err_free) struct err *e = transact(w, list);

	if (e == NULL)
		answer_all(list, NULL);
	else
		one_by_one(w, list);
}

static void *write_loop(void *arg)
{
	struct writer *w = arg;

	for (struct op *list; (list = queue_take(w->queue, LIMIT_STORE_BATCH)) != NULL;)
		do_together(w, list);
	return NULL;
}

struct err *writer_new(struct writer **out, const struct place *place)
{
	AUTO(writer_free) struct writer *w = xcalloc(1, sizeof(*w));

	w->place = place;
	w->ids.world = place->world;
	w->queue = queue_new();
	TRY(connect_db(w));
	TRY(thread_start(&w->thread, write_loop, w));
	w->running = true;
	*out = MOVE(w);
	return NULL;
}

static void wake(void *queue)
{
	queue_wake(queue);
}

/* What one turn of a loop asks for is one batch if the thread sleeps, and wakes it once. */
void writer_ask(struct writer *w, struct op *op)
{
	struct mailbox *m = op->who.mailbox;

	if (queue_push(w->queue, op)) {
		mailbox_at_turn_end(m, wake, w->queue);
		return;
	}
	AUTO(err_free) struct err *full = err_new(ERR_BUSY, "too many changes are waiting");

	op_fail(op, full);
	op_answer(op);
}

void writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	queue_close(w->queue);
	if (w->running)
		pthread_join(w->thread, NULL);
	db_close(w->db);
	queue_free(w->queue);
	free(w);
}
