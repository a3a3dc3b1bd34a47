/* Operations waiting for their thread, first come first served. */
#pragma once

#include "ca/store/op.h"

struct queue;

struct queue *queue_new(void);
/* Takes op; false: LIMIT_STORE_QUEUE are waiting already, op stays the caller's. */
MUST_CHECK bool queue_push(struct queue *q, struct op *op);
/* Lets the threads that wait look at what was pushed. */
void queue_wake(struct queue *q);
/* Waits for at least one; at most max of them as a list, in order. NULL: closed, and nothing is left. */
struct op *queue_take(struct queue *q, size_t max);
/* All that wait now, without waiting. */
struct op *queue_take_waiting(struct queue *q);
void queue_close(struct queue *q);
void queue_free(struct queue *q);
