/* When processes are killed, and when many ask at once. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asks.h"
#include "bench.h"
#include "suites.h"

/* --- two processes over one database */

/* Of each pair that asks for the same one makes it, and the other finds it. */
static void test_two_stores(void **state)
{
	struct bench *b = *state;
	struct bench other = { .config = b->config };
	struct tally t = { 0 };

	bench_reopen(&other);
	other.base = b->base;
	other.mailbox = b->mailbox;
	for (size_t i = 0; i < 40; i++) {
		AUTO(free) char *thumbprint = str_fmt("both%zu", i);

		tallied_account(i % 2 == 0 ? b : &other, &t, thumbprint, "[]");
		tallied_account(i % 2 == 0 ? &other : b, &t, thumbprint, "[]");
	}
	while (t.done + t.existed + t.busy < 80)
		event_base_loop(b->base, EVLOOP_ONCE);
	store_close(other.store);
	assert_int_equal(t.done, 40);
	assert_int_equal(t.existed, 40);
}

struct race {
	size_t answered, done, too_late, conflict;
};

static void note_outcome(void *ctx, struct store_answer *a)
{
	struct race *r = ctx;

	assert_null(a->error);
	r->answered++;
	r->done += a->outcome == STORE_DONE;
	r->too_late += a->outcome == STORE_TOO_LATE;
	r->conflict += a->outcome == STORE_CONFLICT;
}

static void ask_finalize(struct bench *b, struct race *r, int64_t order, const char *serial)
{
	struct store_asker who = { b->mailbox, note_outcome, r };
	struct store_finalize f = { .order_id = order, .csr = "CSR", .csr_len = 3, .now = NOON };

	f.cert = (struct store_cert){ .serial = xstrdup(serial),
				      .issuer = xstrdup("i1"),
				      .profile = xstrdup("classic"),
				      .not_after = NOON + 86400 };
	idents_add(&f.cert.idents, IDENT_DNS, "a.test");
	store_order_finalize(b->store, &who, &f);
	store_cert_release(&f.cert);
}

/* An order is finalized once, and no serial is given out twice, whoever of two is first. */
static void test_two_finalize(void **state)
{
	enum { PAIRS = 20 };
	struct bench *b = *state;
	struct bench other = { .config = b->config };
	struct race r = { 0 };
	int64_t account = bench_account(b, "t1"), orders[2 * PAIRS];

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		AUTO(free) char *name = str_fmt("n%zu.test", i);

		orders[i] = bench_order(b, account, name);
		bench_prove(b, orders[i]);
	}
	bench_reopen(&other);
	other.mailbox = b->mailbox;
	for (size_t i = 0; i < PAIRS; i++) {
		AUTO(free) char *serial = str_fmt("%02zx", i);
		AUTO(free) char *same_order = str_fmt("a%zu", i);

		ask_finalize(b, &r, orders[2 * i], serial);
		ask_finalize(&other, &r, orders[2 * i + 1], serial);
		ask_finalize(i % 2 == 0 ? &other : b, &r, orders[2 * i], same_order);
	}
	while (r.answered < 3 * PAIRS)
		event_base_loop(b->base, EVLOOP_ONCE);
	store_close(other.store);
	assert_int_equal(r.done + r.too_late + r.conflict, 3 * PAIRS);
	assert_true(r.done >= PAIRS && r.done < 3 * PAIRS);
	assert_outcome(b, STORE_DONE, store_unfinished(b->store, bench_ask(b)));
	assert_int_equal(b->answer.order_count, r.done);
	assert_int_equal(b->answer.cert_count, r.done);
}

/* --- kill -9: what was answered is there */

static void tell_number(void *ctx, struct store_answer *a)
{
	int fd = *(int *)ctx;

	if (a->error == NULL && a->outcome == STORE_DONE)
		(void)!write(fd, &a->accounts[0].id, sizeof(a->accounts[0].id));
}

/* Never returns: makes accounts until it is killed. */
static void make_accounts(struct bench *parent, int fd, unsigned round)
{
	struct bench b = { .base = event_base_new(), .config = parent->config };

	if (mailbox_new(&b.mailbox, b.base) != NULL)
		_exit(1);
	bench_reopen(&b);
	for (unsigned i = 0;; i++) {
		AUTO(free) char *thumbprint = str_fmt("round%u-%u", round, i);
		struct store_asker who = { b.mailbox, tell_number, &fd };
		struct store_account_new a = {
			.jwk = "{}", .thumbprint = thumbprint, .contacts = "[]", .now = NOON
		};

		store_account_create(b.store, &who, &a);
		event_base_loop(b.base, i % 7 == 0 ? EVLOOP_ONCE : EVLOOP_NONBLOCK);
	}
}

static void test_kill(void **state)
{
	struct bench *b = *state;

	store_close(b->store); /* no threads beside the fork */
	b->store = NULL;
	for (unsigned round = 0; round < 4; round++) {
		int64_t id[10 * 4];
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();

		if (child == 0)
			make_accounts(b, ends[1], round);
		close(ends[1]);
		size_t count = 10 * (round + 1);

		for (size_t i = 0; i < count; i++)
			assert_int_equal(read(ends[0], &id[i], sizeof(id[i])), sizeof(id[i]));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		close(ends[0]);
		bench_reopen(b);
		for (size_t i = 0; i < count; i++)
			assert_outcome(b, STORE_DONE,
				       store_account_by_id(b->store, bench_ask(b), id[i]));
		store_close(b->store);
		b->store = NULL;
	}
}

/* --- many loops */

enum { LOOPS = 4, ORDERS_EACH = 12 };

struct loop_arg {
	struct bench bench;
	size_t number;
	pthread_t thread;
};

static void *issues(void *arg)
{
	struct loop_arg *l = arg;
	AUTO(free) char *thumbprint = str_fmt("loop%zu", l->number);
	int64_t account = bench_account(&l->bench, thumbprint);

	for (size_t i = 0; i < ORDERS_EACH; i++) {
		AUTO(free) char *serial = str_fmt("%02zx%02zx", l->number, i);
		AUTO(free) char *name = str_fmt("n%zu.test", i);

		bench_issue(&l->bench, account, name, serial);
	}
	return NULL;
}

static void test_many_loops(void **state)
{
	struct bench *b = *state;
	struct loop_arg loops[LOOPS];

	for (size_t i = 0; i < LOOPS; i++) {
		loops[i] = (struct loop_arg){
			.number = i, .bench = { .base = event_base_new(), .store = b->store }
		};
		assert_done(mailbox_new(&loops[i].bench.mailbox, loops[i].bench.base));
		assert_int_equal(pthread_create(&loops[i].thread, NULL, issues, &loops[i]), 0);
	}
	for (size_t i = 0; i < LOOPS; i++) {
		pthread_join(loops[i].thread, NULL);
		bench_forget(&loops[i].bench);
		mailbox_free(loops[i].bench.mailbox);
		event_base_free(loops[i].bench.base);
	}
	assert_outcome(b, STORE_DONE, store_certs(b->store, bench_ask(b), NULL, 0, 100));
	assert_int_equal(b->answer.cert_count, LOOPS * ORDERS_EACH);
}

/* What was asked is answered before the store is closed. */
static void test_close_answers(void **state)
{
	struct bench *b = *state;

	ask_accounts(b, 50);
	store_close(b->store);
	b->store = NULL;
	bench_wait(b, 50);
	assert_int_equal(b->answer.outcome, STORE_DONE);
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_two_stores), BENCH_TEST(test_two_finalize),  BENCH_TEST(test_kill),
	BENCH_TEST(test_many_loops), BENCH_TEST(test_close_answers),
};

const struct suite suite_trouble = { "trouble", tests, ARRAY_LEN(tests) };
