#include "check.h"

#include <event2/event.h>
#include <pthread.h>

#include "net/mailbox.h"

#define SENDERS 4
#define LETTERS 500

struct seen {
	struct event_base *base;
	struct mailbox *mailbox;
	pthread_t loop;
	int next[SENDERS]; /* number of the letter that must come next from each */
	int count;
	bool elsewhere;
};

struct letter_arg {
	struct seen *seen;
	int sender, number;
};

static void arrives(void *arg)
{
	struct letter_arg *l = arg;
	struct seen *s = l->seen;

	if (!pthread_equal(pthread_self(), s->loop))
		s->elsewhere = true;
	if (s->next[l->sender] == l->number)
		s->next[l->sender]++;
	if (++s->count == SENDERS * LETTERS)
		event_base_loopbreak(s->base);
	free(l);
}

static void post(struct seen *s, int sender, int number)
{
	struct letter_arg *l = xcalloc(1, sizeof(*l));

	*l = (struct letter_arg){ s, sender, number };
	mailbox_post(s->mailbox, arrives, l);
}

struct sender {
	struct seen *seen;
	int number;
};

static void *sends(void *arg)
{
	struct sender *s = arg;

	for (int i = 0; i < LETTERS; i++)
		post(s->seen, s->number, i);
	return NULL;
}

static void open_box(struct seen *s)
{
	*s = (struct seen){ .base = event_base_new(), .loop = pthread_self() };
	assert_non_null(s->base);
	assert_done(mailbox_new(&s->mailbox, s->base));
}

static void test_many_senders(void **state)
{
	struct sender senders[SENDERS];
	pthread_t threads[SENDERS];
	struct seen s;

	(void)state;
	open_box(&s);
	for (int i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){ &s, i };
		assert_int_equal(pthread_create(&threads[i], NULL, sends, &senders[i]), 0);
	}
	event_base_dispatch(s.base);
	for (int i = 0; i < SENDERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(s.next[i], LETTERS);
	}
	assert_int_equal(s.count, SENDERS * LETTERS);
	assert_false(s.elsewhere);
	mailbox_free(s.mailbox);
	event_base_free(s.base);
}

static void test_nothing_is_lost(void **state)
{
	struct seen s;

	(void)state;
	open_box(&s);
	post(&s, 0, 0);
	post(&s, 0, 1);
	assert_int_equal(s.count, 0);
	mailbox_free(s.mailbox);
	assert_int_equal(s.next[0], 2);
	event_base_free(s.base);
}

struct turns {
	struct seen *seen;
	char told[64]; /* what ran, in order */
	size_t count;
};

static void tell(struct turns *t, char what)
{
	t->told[t->count++] = what;
}

static void at_end(void *arg)
{
	tell(arg, 'e');
}

static void here(void *arg)
{
	tell(arg, 'h');
}

static void each_turn(void *arg)
{
	tell(arg, '|');
}

static void last(void *arg)
{
	const struct turns *t = arg;

	tell(arg, 'l');
	event_base_loopbreak(t->seen->base);
}

static void first(void *arg)
{
	const struct turns *t = arg;

	mailbox_at_turn_end(t->seen->mailbox, at_end, arg);
	mailbox_at_turn_end(t->seen->mailbox, at_end, arg);
	mailbox_post_here(t->seen->mailbox, here, arg);
	mailbox_post(t->seen->mailbox, last, arg);
	tell(arg, 'f');
}

/* What is posted here runs when its caller is done, what comes meanwhile by the way for others as well, and the end once. */
static void test_turns(void **state)
{
	struct seen s;
	struct turns t = { .seen = &s };

	(void)state;
	open_box(&s);
	mailbox_at_turn_end(s.mailbox, at_end, &t);
	mailbox_post(s.mailbox, first, &t);
	mailbox_run(s.mailbox, each_turn, &t);
	mailbox_free(s.mailbox);
	event_base_free(s.base);
	assert_string_equal(t.told, "e|fhle||");
}

static void again(void *arg)
{
	const struct turns *t = arg;

	mailbox_at_turn_end(t->seen->mailbox, at_end, arg);
	mailbox_post(t->seen->mailbox, t->count < 40 ? again : last, arg);
	tell(arg, 'a');
}

/* Who waits for the end of a turn is not kept waiting by those that come and come. */
static void test_turn_ends(void **state)
{
	struct seen s;
	struct turns t = { .seen = &s };

	(void)state;
	open_box(&s);
	mailbox_post(s.mailbox, again, &t);
	mailbox_run(s.mailbox, each_turn, &t);
	mailbox_free(s.mailbox);
	event_base_free(s.base);
	assert_true(strchr(t.told, 'e') < strchr(t.told, 'l'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_senders),
		cmocka_unit_test(test_nothing_is_lost),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_turn_ends),
	};

	return cmocka_run_group_tests_name("net/mailbox", tests, NULL, NULL);
}
