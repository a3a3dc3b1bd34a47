#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "place.h"

static _Atomic time_t now_s = NOON; /* the writer looks at it too */

static time_t still_now(const struct clock *c)
{
	(void)c;
	return now_s;
}

static int64_t still_ms(const struct clock *c)
{
	return (int64_t)still_now(c) * 1000;
}

static const struct clock still_clock = { .now = still_now, .monotonic_ms = still_ms };
static const struct world world = { .clock = &still_clock, .random = &system_random };

const struct world *bench_world(void)
{
	return &world;
}

time_t bench_now(void)
{
	return now_s;
}

void bench_set_now(time_t now)
{
	now_s = now;
}

void bench_reopen(struct bench *b)
{
	store_close(b->store);
	b->store = NULL;
	assert_done(store_open(&b->store, &b->config, &world));
}

void bench_open(struct bench *b)
{
	*b = (struct bench){ .base = event_base_new() };
	assert_done(mailbox_new(&b->mailbox, b->base));
	bench_place(b);
	bench_reopen(b);
}

void bench_close(struct bench *b)
{
	store_close(b->store);
	mailbox_free(b->mailbox);
	event_base_free(b->base);
	bench_forget(b);
	bench_remove_place(b);
}

/* --- answers */

void bench_forget(struct bench *b)
{
	struct store_answer *a = &b->answer;

	err_free(a->error);
	for (size_t i = 0; i < a->account_count; i++)
		store_account_release(&a->accounts[i]);
	for (size_t i = 0; i < a->order_count; i++)
		store_order_release(&a->orders[i]);
	for (size_t i = 0; i < a->authz_count; i++)
		store_authz_release(&a->authzs[i]);
	for (size_t i = 0; i < a->cert_count; i++)
		store_cert_release(&a->certs[i]);
	for (size_t i = 0; i < a->eab_count; i++)
		store_eab_release(&a->eabs[i]);
	free(a->accounts);
	free(a->orders);
	free(a->authzs);
	free(a->certs);
	free(a->eabs);
	*a = (struct store_answer){ 0 };
}

/* What the loop lends is taken out of it. */
static void keep(void *ctx, struct store_answer *a)
{
	struct bench *b = ctx;

	bench_forget(b);
	b->answer = *a;
	a->error = NULL;
	a->accounts = NULL;
	a->orders = NULL;
	a->authzs = NULL;
	a->certs = NULL;
	a->eabs = NULL;
	b->answers++;
}

const struct store_asker *bench_ask(struct bench *b)
{
	b->who = (struct store_asker){ b->mailbox, keep, b };
	return &b->who;
}

void bench_wait(struct bench *b, size_t count)
{
	while (b->answers < count)
		event_base_loop(b->base, EVLOOP_ONCE);
	b->answers = 0;
}
