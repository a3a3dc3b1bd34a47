#include "ca/store/queue.h"

#include <pthread.h>

#include "base/limits.h"

struct queue {
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t more;
	struct op *first, **last;
	size_t count;
	bool closed;
};

struct queue *queue_new(void)
{
	struct queue *q = xcalloc(1, sizeof(*q));

	(void)pthread_mutex_init(&q->lock, NULL);
	(void)pthread_cond_init(&q->more, NULL);
	q->last = &q->first;
	return q;
}

bool queue_push(struct queue *q, struct op *op)
{
	pthread_mutex_lock(&q->lock);
	bool room = q->count < LIMIT_STORE_QUEUE;

	if (room) {
		op->next = NULL;
		*q->last = op;
		q->last = &op->next;
		q->count++;
	}
	pthread_mutex_unlock(&q->lock);
	return room;
}

void queue_wake(struct queue *q)
{
	(void)pthread_cond_broadcast(&q->more);
}

/* The lock is held. */
static struct op *cut(struct queue *q, size_t max)
{
	struct op *head = q->first, **end = &q->first;

	for (; *end != NULL && max > 0; max--, q->count--)
		end = &(*end)->next;
	q->first = *end;
	*end = NULL;
	if (q->first == NULL)
		q->last = &q->first;
	return head;
}

struct op *queue_take(struct queue *q, size_t max)
{
	pthread_mutex_lock(&q->lock);
	while (q->first == NULL && !q->closed)
		pthread_cond_wait(&q->more, &q->lock);
	struct op *head = q->first != NULL ? cut(q, max) : NULL;

	pthread_mutex_unlock(&q->lock);
	return head;
}

struct op *queue_take_waiting(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	struct op *head = q->first != NULL ? cut(q, q->count) : NULL;

	pthread_mutex_unlock(&q->lock);
	return head;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->more);
	pthread_mutex_unlock(&q->lock);
}

void queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	(void)pthread_mutex_destroy(&q->lock);
	(void)pthread_cond_destroy(&q->more);
	free(q);
}
