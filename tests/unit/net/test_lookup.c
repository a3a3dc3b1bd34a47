/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/str.h"
#include "net/lookup.h"

/* The system's resolver answers as these tests want: when it is let go, for "known" only. */
static struct err *(*real_lookup)(struct resolver *r, const char *host, unsigned port,
				  struct address_list *out);
static sem_t let_go;
static atomic_int answered;
static int asked, let_go_count;

static void answer_one(void)
{
	let_go_count++;
	assert_int_equal(sem_post(&let_go), 0);
}

static struct err *scripted(struct resolver *r, const char *host, unsigned port,
			    struct address_list *out)
{
	struct err *e = NULL;

	while (sem_wait(&let_go) != 0)
		;
	if (streq(host, "known"))
		e = real_lookup(r, "127.0.0.1", port, out);
	else
		e = err_new(ERR_NETWORK, "resolving %s: unknown", host);
	atomic_fetch_add(&answered, 1);
	return e;
}

static int set_up(void **state)
{
	(void)state;
	real_lookup = system_resolver.lookup;
	system_resolver.lookup = scripted;
	atomic_store(&answered, 0);
	asked = let_go_count = 0;
	return sem_init(&let_go, 0, 0);
}

static int tear_down(void **state)
{
	(void)state;
	while (let_go_count < asked)
		answer_one();
	while (atomic_load(&answered) < asked)
		(void)usleep(1000);
	(void)usleep(20 * 1000); /* the thread frees what it was left with */
	system_resolver.lookup = real_lookup;
	return sem_destroy(&let_go);
}

static struct err *ask(struct address_list *out, const char *host, unsigned port, int timeout_ms,
		       const struct interrupt *stop)
{
	asked++;
	return lookup_within(out, &system_resolver, host, port, timeout_ms, stop);
}

static void test_answers(void **state)
{
	AUTO(address_list_release) struct address_list l = { 0 };

	(void)state;
	answer_one();
	answer_one();
	assert_null(ask(&l, "known", 80, 60000, NULL));
	assert_int_equal(l.count, 1);
	AUTO(free) char *text = address_port_text(&l.items[0]);

	assert_string_equal(text, "127.0.0.1:80");
	AUTO(address_list_release) struct address_list none = { 0 };
	AUTO(err_free)
	struct err *e = ask(&none, "other", 80, 60000, NULL);

	assert_non_null(e);
	assert_string_equal(e->msg, "resolving other: unknown");
	assert_int_equal(none.count, 0);
}

static void test_silence_ends(void **state)
{
	AUTO(address_list_release) struct address_list l = { 0 };

	(void)state;
	AUTO(err_free) struct err *e = ask(&l, "known", 80, 100, NULL);

	assert_non_null(e);
	assert_int_equal(e->code, ERR_TIMEOUT);
	assert_string_equal(e->msg, "resolving known: no answer within 0.1 s");
	assert_int_equal(atomic_load(&answered), 0);
	assert_int_equal(l.count, 0);
}

static void test_interruption_ends_it(void **state)
{
	const struct timespec none = { 0 };
	AUTO(interrupt_free) struct interrupt *stop = NULL;
	AUTO(address_list_release) struct address_list l = { 0 };
	sigset_t set;

	(void)state;
	assert_null(interrupt_new(&stop));
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	AUTO(err_free)
	struct err *e = ask(&l, "known", 80, 60000, stop);

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	assert_int_equal(sigtimedwait(&set, NULL, &none), SIGTERM);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_INTERRUPTED);
	assert_int_equal(atomic_load(&answered), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_answers),
		TEST(test_silence_ends),
		TEST(test_interruption_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
