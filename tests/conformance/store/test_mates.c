/* Changes that share a batch: of those that are about the same each sees what became of the ones before it. */
#include "bench.h"
#include "hooks.h"
#include "suites.h"

enum { MATES_MAX = 16 };

struct mate {
	bool answered;
	enum store_outcome outcome;
	int64_t order_id;
};

struct batch {
	struct bench *bench;
	struct mate holder, mates[MATES_MAX];
	struct store_asker who;
	size_t count;
};

static void note(void *ctx, struct store_answer *a)
{
	struct mate *m = ctx;

	assert_null(a->error);
	m->answered = true;
	m->outcome = a->outcome;
	m->order_id = a->order_count > 0 ? a->orders[0].id : 0;
}

static const struct store_asker *asker(struct batch *l, struct mate *m)
{
	l->who = (struct store_asker){ l->bench->mailbox, note, m };
	return &l->who;
}

static const struct store_asker *next_mate(struct batch *l)
{
	assert_true(l->count < MATES_MAX);
	return asker(l, &l->mates[l->count++]);
}

static void ask_new_account(struct batch *l, const struct store_asker *who, const char *thumbprint,
			    const char *eab_kid)
{
	struct store_account_new a = { .jwk = "{}",
				       .thumbprint = thumbprint,
				       .contacts = "[]",
				       .eab = eab_kid != NULL ? "{}" : NULL,
				       .eab_kid = eab_kid,
				       .eab_single_use = true,
				       .now = NOON };

	store_account_create(l->bench->store, who, &a);
}

/* What is asked from now on waits for the writer, and is its next batch. */
static void batch_open(struct batch *l, struct bench *b)
{
	*l = (struct batch){ .bench = b };
	hook_close_gate();
	ask_new_account(l, asker(l, &l->holder), "holder", NULL);
	hook_wait_at_gate();
}

static bool all_answered(const struct batch *l)
{
	bool all = l->holder.answered;

	for (size_t i = 0; i < l->count; i++)
		all = all && l->mates[i].answered;
	return all;
}

static void batch_end(struct batch *l, const enum store_outcome *wanted, size_t count)
{
	hook_open_gate();
	while (!all_answered(l))
		event_base_loop(l->bench->base, EVLOOP_ONCE);
	assert_int_equal(l->count, count);
	for (size_t i = 0; i < count; i++)
		if (l->mates[i].outcome != wanted[i])
			fail_msg("mate %zu: outcome %d, expected %d", i, (int)l->mates[i].outcome,
				 (int)wanted[i]);
}

#define OUTCOMES(...)                                \
	(const enum store_outcome[]){ __VA_ARGS__ }, \
		ARRAY_LEN(((const enum store_outcome[]){ __VA_ARGS__ }))

/* --- of one object */

static int64_t order_of(struct bench *b, const char *names, int64_t *authz)
{
	int64_t id = bench_order(b, bench_account(b, names), names);

	*authz = b->answer.orders[0].authzs[0].id;
	return id;
}

static void ask_judge(struct batch *l, int64_t authz, bool valid)
{
	struct store_verdict v = { .authz_id = authz,
				   .attempt = "http-01",
				   .valid = valid,
				   .problem = valid ? NULL : "{}",
				   .record = "[]",
				   .now = NOON,
				   .expires = NOON + 86400 };

	store_authz_judge(l->bench->store, next_mate(l), &v);
}

static void test_authz(void **state)
{
	struct bench *b = *state;
	struct batch l;
	int64_t one, other;

	order_of(b, "a.test", &one);
	order_of(b, "b.test", &other);
	batch_open(&l, b);
	store_authz_begin(b->store, next_mate(&l), one, "http-01", NOON);
	store_authz_begin(b->store, next_mate(&l), other, "http-01", NOON);
	store_authz_begin(b->store, next_mate(&l), one, "dns-01", NOON);
	ask_judge(&l, one, true);
	ask_judge(&l, one, false);
	store_authz_deactivate(b->store, next_mate(&l), one, NOON);
	ask_judge(&l, other, false);
	store_authz_deactivate(b->store, next_mate(&l), other, NOON);
	batch_end(&l, OUTCOMES(STORE_DONE, STORE_DONE, STORE_CONFLICT, STORE_DONE, STORE_TOO_LATE,
			       STORE_DONE, STORE_DONE, STORE_TOO_LATE));
	assert_outcome(b, STORE_DONE, store_authz_by_id(b->store, bench_ask(b), one));
	assert_string_equal(b->answer.authzs[0].attempt, "http-01");
	assert_int_equal(b->answer.authzs[0].status, AUTHZ_DEACTIVATED);
}

static void ask_finalize(struct batch *l, int64_t order, const char *serial_, const char *name)
{
	struct ident ident = { IDENT_DNS, xstrdup(name) };
	struct store_finalize f = { .order_id = order, .csr = "CSR", .csr_len = 3, .now = NOON };
	AUTO(free) char *serial = xstrdup(serial_);
	char issuer[] = "i1", profile[] = "classic";

	f.cert = (struct store_cert){ .serial = serial,
				      .issuer = issuer,
				      .profile = profile,
				      .idents = { &ident, 1 },
				      .not_after = NOON + 86400 };
	store_order_finalize(l->bench->store, next_mate(l), &f);
	ident_release(&ident);
}

static void test_order(void **state)
{
	struct bench *b = *state;
	struct batch l;
	int64_t authz, id = order_of(b, "a.test", &authz);

	bench_prove(b, id);
	batch_open(&l, b);
	store_order_certify(b->store, next_mate(&l), id, "DER", 3);
	ask_finalize(&l, id, "01", "a.test");
	ask_finalize(&l, id, "02", "a.test");
	store_order_certify(b->store, next_mate(&l), id, "DER", 3);
	store_order_certify(b->store, next_mate(&l), id, "DES", 3);
	store_order_fail(b->store, next_mate(&l), id, "{}");
	store_cert_revoke(b->store, next_mate(&l), "01", NOON, 0, false);
	store_cert_revoke(b->store, next_mate(&l), "01", NOON, 0, false);
	batch_end(&l, OUTCOMES(STORE_TOO_LATE, STORE_DONE, STORE_TOO_LATE, STORE_DONE,
			       STORE_TOO_LATE, STORE_TOO_LATE, STORE_DONE, STORE_EXISTED));
	assert_outcome(b, STORE_DONE, store_cert_by_serial(b->store, bench_ask(b), "01"));
	assert_memory_equal(b->answer.certs[0].der, "DER", 3);
	assert_outcome(b, STORE_NOT_FOUND, store_cert_by_serial(b->store, bench_ask(b), "02"));
}

/* --- of what may be there once */

static void test_serial(void **state)
{
	struct bench *b = *state;
	struct batch l;
	int64_t authz, one = order_of(b, "a.test", &authz), other = order_of(b, "b.test", &authz);

	bench_prove(b, one);
	bench_prove(b, other);
	batch_open(&l, b);
	ask_finalize(&l, one, "01", "a.test");
	ask_finalize(&l, other, "01", "b.test");
	ask_finalize(&l, other, "02", "b.test");
	batch_end(&l, OUTCOMES(STORE_DONE, STORE_CONFLICT, STORE_DONE));
}

static void test_accounts(void **state)
{
	struct bench *b = *state;
	struct batch l;
	char kid[] = "kid", key[] = "key";
	struct store_eab eab = { .kid = kid, .mac_key = key, .created = NOON };

	assert_outcome(b, STORE_DONE, store_eab_add(b->store, bench_ask(b), &eab));
	int64_t id = bench_account(b, "old");

	batch_open(&l, b);
	ask_new_account(&l, next_mate(&l), "t1", NULL);
	ask_new_account(&l, next_mate(&l), "t1", NULL);
	ask_new_account(&l, next_mate(&l), "t2", kid);
	ask_new_account(&l, next_mate(&l), "t3", kid);
	store_account_rekey(b->store, next_mate(&l), id, "old", "{}", "t1");
	store_account_rekey(b->store, next_mate(&l), id, "old", "{}", "t3");
	ask_new_account(&l, next_mate(&l), "t3", NULL);
	ask_new_account(&l, next_mate(&l), "old", NULL);
	batch_end(&l, OUTCOMES(STORE_DONE, STORE_EXISTED, STORE_DONE, STORE_CONFLICT,
			       STORE_CONFLICT, STORE_DONE, STORE_EXISTED, STORE_DONE));
}

static void ask_order(struct batch *l, int64_t account, const char *names, const char *replaces)
{
	AUTO(wish_release) struct wish w;

	bench_wish(l->bench, &w, account, names);
	w.order.replaces = replaces;
	w.order.replaces_serial = replaces;
	store_order_create(l->bench->store, next_mate(l), &w.order);
}

static void test_new_orders(void **state)
{
	struct bench *b = *state;
	struct batch l;
	int64_t account = bench_account(b, "t1"), valid = bench_issue(b, account, "a.test", "01");

	batch_open(&l, b);
	ask_order(&l, account, "a.test", NULL);
	ask_order(&l, account, "a.test", NULL);
	ask_order(&l, account, "a.test b.test", NULL);
	ask_order(&l, account, "a.test", "01");
	ask_order(&l, account, "b.test", "01");
	batch_end(&l, OUTCOMES(STORE_DONE, STORE_EXISTED, STORE_DONE, STORE_DONE, STORE_CONFLICT));
	assert_int_equal(l.mates[0].order_id, l.mates[1].order_id);
	assert_true(l.mates[0].order_id > valid);
	assert_int_equal(bench_order_status(b, l.mates[0].order_id), ORDER_READY);
	assert_int_equal(bench_order_status(b, l.mates[2].order_id), ORDER_PENDING);
}

static const struct CMUnitTest tests[] = {
	BENCH_TEST(test_authz),    BENCH_TEST(test_order),      BENCH_TEST(test_serial),
	BENCH_TEST(test_accounts), BENCH_TEST(test_new_orders),
};

const struct suite suite_mates = { "mates", tests, ARRAY_LEN(tests) };
