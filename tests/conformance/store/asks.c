#include "asks.h"

#include "base/limits.h"

void ask_account(struct bench *b, const char *thumbprint, const char *contacts)
{
	struct store_account_new a = {
		.jwk = "{}", .thumbprint = thumbprint, .contacts = contacts, .now = NOON
	};

	store_account_create(b->store, bench_ask(b), &a);
}

void ask_accounts(struct bench *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(free) char *thumbprint = str_fmt("many%zu", i);

		ask_account(b, thumbprint, "[]");
	}
}

void assert_there(struct bench *b, const char *thumbprint, bool there)
{
	assert_outcome(b, there ? STORE_DONE : STORE_NOT_FOUND,
		       store_account_by_thumbprint(b->store, bench_ask(b), thumbprint));
}

void assert_busy(const struct bench *b)
{
	assert_non_null(b->answer.error);
	assert_int_equal(b->answer.error->code, ERR_BUSY);
	assert_int_equal(b->answer.error->retry_after_s, LIMIT_STORE_RETRY_S);
	assert_int_equal(b->answer.account_count, 0);
}

static void count_answer(void *ctx, struct store_answer *a)
{
	struct tally *t = ctx;

	t->busy += a->error != NULL;
	t->existed += a->error == NULL && a->outcome == STORE_EXISTED;
	t->missing += a->error == NULL && a->outcome == STORE_NOT_FOUND;
	t->done += a->error == NULL && a->outcome == STORE_DONE;
}

void tallied_account(struct bench *b, struct tally *t, const char *thumbprint, const char *contacts)
{
	struct store_asker who = { b->mailbox, count_answer, t };
	struct store_account_new a = {
		.jwk = "{}", .thumbprint = thumbprint, .contacts = contacts, .now = NOON
	};

	store_account_create(b->store, &who, &a);
}

void tallied_read(struct bench *b, struct tally *t, const char *thumbprint)
{
	struct store_asker who = { b->mailbox, count_answer, t };

	store_account_by_thumbprint(b->store, &who, thumbprint);
}

void ask_one_bad_of_nine(struct bench *b, struct tally *t, const char *bad)
{
	for (size_t i = 0; i < 9; i++) {
		AUTO(free) char *thumbprint = str_fmt("nine%zu", i);

		tallied_account(b, t, thumbprint, i == 4 ? bad : "[]");
	}
	while (t->done + t->busy < 9)
		event_base_loop(b->base, EVLOOP_ONCE);
	assert_int_equal(t->busy, 1);
	assert_there(b, "nine4", false);
	assert_there(b, "nine3", true);
	assert_there(b, "nine8", true);
}
