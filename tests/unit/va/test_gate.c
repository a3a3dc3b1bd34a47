/* Who may enter when: ceilings in all and by key, and turns of keys. */
#include "check.h"

#include <event2/event.h>

#include "va/gate.h"

enum { GUESTS = 40 };

struct guest {
	struct gate_pass pass;
	struct strlist *log;
	const char *name;
};

struct scene {
	struct event_base *base;
	struct gate *gate;
	struct guest guests[GUESTS];
	size_t count;
	struct strlist log; /* who came in after waiting, in order */
};

static void on_enter(void *ctx)
{
	const struct guest *g = ctx;

	strlist_add(g->log, g->name);
}

static struct scene *scene_new(size_t max, size_t max_per_key)
{
	struct scene *s = xcalloc(1, sizeof(*s));

	s->base = event_base_new();
	s->gate = gate_new(s->base, max, max_per_key);
	return s;
}

/* name begins with the key */
static struct guest *ask(struct scene *s, const char *name, bool *inside)
{
	struct guest *g = &s->guests[s->count++];

	*g = (struct guest){ .pass = { .enter = on_enter, .ctx = g },
			     .log = &s->log,
			     .name = name };
	*inside = gate_ask(s->gate, &g->pass, name, 1);
	return g;
}

static void leave(struct scene *s, struct guest *g)
{
	gate_leave(s->gate, &g->pass);
	(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
}

static void leave_all(struct scene *s)
{
	for (size_t i = 0; i < s->count; i++)
		gate_leave(s->gate, &s->guests[i].pass);
	gate_free(s->gate);
	event_base_free(s->base);
	strlist_release(&s->log);
	free(s);
}

static void expect_log(struct scene *s, const char *wanted)
{
	AUTO(free) char *got = strlist_join(&s->log, " ");

	assert_string_equal(got, wanted);
}

static void one_key_has_its_ceiling(void **state)
{
	(void)state;
	struct scene *s = scene_new(10, 2);
	bool inside = false;
	struct guest *a1 = ask(s, "a1", &inside);

	assert_true(inside);
	(void)ask(s, "a2", &inside);
	assert_true(inside);
	(void)ask(s, "a3", &inside);
	assert_false(inside);
	(void)ask(s, "b1", &inside);
	assert_true(inside);
	expect_log(s, "");
	leave(s, a1);
	expect_log(s, "a3");
	leave_all(s);
}

static void keys_take_turns(void **state)
{
	(void)state;
	struct scene *s = scene_new(1, 1);
	bool inside = false;
	struct guest *all[8];
	static const char *const names[] = { "a1", "a2", "a3", "a4", "b1", "b2", "c1" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		all[i] = ask(s, names[i], &inside);
	leave(s, all[0]);
	expect_log(s, "b1");
	leave(s, all[4]);
	leave(s, all[6]);
	leave(s, all[1]);
	leave(s, all[5]);
	expect_log(s, "b1 c1 a2 b2 a3");
	leave_all(s);
}

static void who_goes_while_waiting_is_not_called(void **state)
{
	(void)state;
	struct scene *s = scene_new(1, 1);
	bool inside = false;
	struct guest *a1 = ask(s, "a1", &inside);
	struct guest *a2 = ask(s, "a2", &inside);

	(void)ask(s, "a3", &inside);
	leave(s, a2);
	leave(s, a2);
	leave(s, a1);
	expect_log(s, "a3");
	leave_all(s);
}

/* Enough keys for the table to grow, each with its own line. */
static void many_keys(void **state)
{
	(void)state;
	struct event_base *base = event_base_new();
	struct gate *gate = gate_new(base, 1000, 1);
	struct gate_pass *passes = xcalloc(1000, sizeof(*passes));

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 500; i++)
			assert_true(gate_ask(gate, &passes[i], &i, sizeof(i)));
		for (int i = 0; i < 500; i++)
			assert_false(gate_ask(gate, &passes[500 + i], &i, sizeof(i)));
		for (int i = 500; i < 1000; i++)
			gate_leave(gate, &passes[i]);
		for (int i = 0; i < 500; i++)
			gate_leave(gate, &passes[i]);
	}
	gate_free(gate);
	event_base_free(base);
	free(passes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_key_has_its_ceiling),
		cmocka_unit_test(keys_take_turns),
		cmocka_unit_test(who_goes_while_waiting_is_not_called),
		cmocka_unit_test(many_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
