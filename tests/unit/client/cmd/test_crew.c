/* Jobs side by side: what is begun when, and in which order it is concluded. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "client/cmd/crew.h"

#define JOBS 12

/* A scene: what the jobs saw of each other. */
struct scene {
	struct crew_job jobs[JOBS];
	size_t count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct buf worked; /* told without what was concluded, which is up to another thread */
	struct buf told;   /* "+3" begun, "-3" ended, "=3" concluded */
	bool running[JOBS];
	size_t at_once, most; /* running */
	bool together;        /* none ends before all of the first wait_for are running */
	size_t wait_for;
	int refusals[JOBS]; /* so often a job is told to come again */
	size_t stop_at;     /* this job says stop; JOBS: none */
};

static atomic_llong fake_ms;

static int64_t monotonic_ms(const struct clock *c)
{
	(void)c;
	return atomic_load(&fake_ms);
}

static struct err *sleep_ms(const struct clock *c, int64_t ms, const struct interrupt *stop)
{
	(void)c;
	(void)stop;
	atomic_fetch_add(&fake_ms, ms);
	return NULL;
}

static const struct clock test_clock = { .monotonic_ms = monotonic_ms, .sleep_ms = sleep_ms };
static const struct world test_world = { .clock = &test_clock };

static void begin(struct scene *s, size_t job)
{
	buf_addf(&s->told, "+%zu ", job);
	buf_addf(&s->worked, "%zu ", job);
	s->running[job] = true;
	s->at_once++;
	if (s->at_once > s->most)
		s->most = s->at_once;
	(void)pthread_cond_broadcast(&s->changed);
	while (s->together && s->most < s->wait_for)
		(void)pthread_cond_wait(&s->changed, &s->lock);
}

static enum crew_result work(void *ctx, unsigned lane, size_t job, int64_t *wait_ms)
{
	struct scene *s = ctx;
	enum crew_result r = job == s->stop_at ? CREW_STOP : CREW_DONE;

	assert_true(lane < LIMIT_JOBS);
	(void)pthread_mutex_lock(&s->lock);
	begin(s, job);
	if (s->refusals[job]-- > 0) {
		*wait_ms = 1000;
		r = CREW_AGAIN;
	}
	buf_addf(&s->told, "-%zu ", job);
	s->running[job] = false;
	s->at_once--;
	(void)pthread_mutex_unlock(&s->lock);
	return r;
}

static void conclude(void *ctx, size_t job)
{
	struct scene *s = ctx;

	(void)pthread_mutex_lock(&s->lock);
	buf_addf(&s->told, "=%zu ", job);
	(void)pthread_mutex_unlock(&s->lock);
}

static void set(struct scene *s, size_t count)
{
	*s = (struct scene){ .count = count,
			     .stop_at = JOBS,
			     .told = BUF_INIT(LIMIT_KIB(16)),
			     .worked = BUF_INIT(LIMIT_KIB(16)) };
	assert_int_equal(pthread_mutex_init(&s->lock, NULL), 0);
	assert_int_equal(pthread_cond_init(&s->changed, NULL), 0);
	for (size_t i = 0; i < count; i++)
		s->jobs[i].peer = xstrdup("ca");
}

static void run(struct scene *s, unsigned lanes)
{
	const struct crew_work w = { .work = work, .conclude = conclude, .ctx = s };

	assert_true(crew_run(&test_world, s->jobs, s->count, lanes, &w));
}

static void strike(struct scene *s)
{
	for (size_t i = 0; i < s->count; i++)
		crew_job_release(&s->jobs[i]);
	buf_release(&s->told);
	buf_release(&s->worked);
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_cond_destroy(&s->changed);
}

static size_t place(const struct scene *s, const char *what)
{
	AUTO(free) char *word = str_fmt("%s ", what);
	const char *found = strstr(buf_str(&s->told), word);

	assert_non_null(found);
	return (size_t)(found - buf_str(&s->told));
}

static void assert_before(const struct scene *s, const char *first, const char *second)
{
	if (place(s, first) >= place(s, second))
		fail_msg("%s is not before %s: %s", first, second, buf_str(&s->told));
}

static void assert_concluded_in_order(const struct scene *s)
{
	for (size_t i = 0; i + 1 < s->count; i++) {
		AUTO(free) char *one = str_fmt("=%zu", i);
		AUTO(free) char *next = str_fmt("=%zu", i + 1);

		assert_before(s, one, next);
	}
}

static void test_all_lanes_are_used_and_the_order_is_kept(void **state)
{
	struct scene s;

	(void)state;
	set(&s, JOBS);
	s.together = true;
	s.wait_for = 4;
	run(&s, 4);
	assert_int_equal(s.most, 4);
	assert_concluded_in_order(&s);
	strike(&s);
}

static void test_what_is_there_once_is_used_by_one_in_order(void **state)
{
	struct scene s;

	(void)state;
	set(&s, 8);
	for (size_t i = 0; i < 8; i += 2)
		s.jobs[i].alone = "port";
	s.together = true;
	s.wait_for = 4; /* one of those, and three of the others, which do not wait for it */
	run(&s, 4);
	assert_before(&s, "-0", "+2");
	assert_before(&s, "-2", "+4");
	assert_before(&s, "-4", "+6");
	assert_concluded_in_order(&s);
	strike(&s);
}

static void test_a_name_in_common_keeps_apart(void **state)
{
	struct scene s;

	(void)state;
	set(&s, 3);
	strlist_add(&s.jobs[0].names, "a.test");
	strlist_add(&s.jobs[1].names, "b.test");
	strlist_add(&s.jobs[2].names, "a.test");
	s.together = true;
	s.wait_for = 2;
	run(&s, 3);
	assert_int_equal(s.most, 2);
	assert_before(&s, "-0", "+2");
	strike(&s);
}

static void test_a_barrier_lets_nothing_pass(void **state)
{
	struct scene s;

	(void)state;
	set(&s, 6);
	s.jobs[3].barrier = true;
	run(&s, 4);
	assert_before(&s, "=2", "+3");
	assert_before(&s, "-3", "+4");
	assert_before(&s, "-3", "+5");
	strike(&s);
}

/* All of that peer wait, and go one at a time from then on; the others do not. */
static void test_a_peer_that_asks_to_wait(void **state)
{
	struct scene s;

	(void)state;
	set(&s, 6);
	for (size_t i = 3; i < 6; i++) {
		free(s.jobs[i].peer);
		s.jobs[i].peer = xstrdup("other");
	}
	s.refusals[0] = 2;
	atomic_store(&fake_ms, 0);
	run(&s, 1);
	assert_string_equal(buf_str(&s.worked), "0 3 4 5 0 0 1 2 ");
	assert_true(atomic_load(&fake_ms) >= 2000);
	strike(&s);
}

static void test_nothing_is_begun_after_a_stop(void **state)
{
	struct scene s;

	(void)state;
	set(&s, 4);
	s.stop_at = 1;
	run(&s, 1);
	assert_null(strstr(buf_str(&s.told), "+2"));
	assert_non_null(strstr(buf_str(&s.told), "=1"));
	assert_null(strstr(buf_str(&s.told), "=2"));
	strike(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_lanes_are_used_and_the_order_is_kept),
		cmocka_unit_test(test_what_is_there_once_is_used_by_one_in_order),
		cmocka_unit_test(test_a_name_in_common_keeps_apart),
		cmocka_unit_test(test_a_barrier_lets_nothing_pass),
		cmocka_unit_test(test_a_peer_that_asks_to_wait),
		cmocka_unit_test(test_nothing_is_begun_after_a_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
