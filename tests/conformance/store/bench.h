/*
 * The store as a test asks it: each call waits for its answer. The store's clock stands still until it is moved, so that every
 * date in a test is a number.
 */
#pragma once

#include "check.h"

#include <event2/event.h>

#include "ca/store/store.h"
#include "net/mailbox.h"

struct bench {
	struct event_base *base;
	struct mailbox *mailbox;
	struct store *store;
	struct ca_config config;
	struct store_asker who;
	struct store_answer answer; /* of the last call; everything was moved here */
	char *place;
	size_t answers; /* since the last bench_ask */
};

#define NOON 1800000000

/* On an empty database. */
void bench_open(struct bench *b);
void bench_reopen(struct bench *b);
void bench_close(struct bench *b);

/* For who: its answers are counted, the last is kept. */
const struct store_asker *bench_ask(struct bench *b);
void bench_forget(struct bench *b); /* the answer */
/* Runs the loop until that many answers came. */
void bench_wait(struct bench *b, size_t count);

/* `call` has its asker in it as bench_ask(b). */
#define ASK(b, call)                \
	do {                        \
		call;               \
		bench_wait((b), 1); \
	} while (0)
#define assert_outcome(b, wanted, call)                                                     \
	do {                                                                                \
		ASK(b, call);                                                               \
		if ((b)->answer.error != NULL)                                              \
			fail_msg("%s: %s", #call, err_text((b)->answer.error));             \
		if ((b)->answer.outcome != (wanted))                                        \
			fail_msg("%s: outcome %d, expected %s", #call, (b)->answer.outcome, \
				 #wanted);                                                  \
	} while (0)

/* --- objects as tests need them */

int64_t bench_account(struct bench *b, const char *thumbprint);

/* Orders of tests: "a.test *.b.test"; everything else has a value that a test may change before it asks. */
struct wish {
	struct store_order_new order;
	struct store_order_ident idents[8];
};

/* Call it through bench_wish(b, &w, names): points into w. */
void bench_wish(struct bench *b, struct wish *w, int64_t account_id, const char *names);
void wish_release(struct wish *w);
AUTO_RELEASE(struct wish, wish_release)

/* DONE: the order's id. */
int64_t bench_order(struct bench *b, int64_t account_id, const char *names);
/* Begins and judges every pending authorization of the order. */
void bench_prove(struct bench *b, int64_t order_id);
/* With this serial; DONE. */
void bench_finalize(struct bench *b, int64_t order_id, const char *serial);
/* A whole issuance; the order's id. */
int64_t bench_issue(struct bench *b, int64_t account_id, const char *names, const char *serial);
enum order_status bench_order_status(struct bench *b, int64_t order_id);

/* The store's world, and its clock. */
const struct world *bench_world(void);
time_t bench_now(void);
void bench_set_now(time_t now);
