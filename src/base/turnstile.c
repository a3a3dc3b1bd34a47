#include "base/turnstile.h"

#include <stdint.h>

static struct err *run_in_turn(const struct spawner *s, const struct command *c,
			       struct command_result *out)
{
	struct turnstile *t = (struct turnstile *)(uintptr_t)s;

	(void)pthread_mutex_lock(&t->turn);
	struct err *e = t->inner->run(t->inner, c, out);

	(void)pthread_mutex_unlock(&t->turn);
	return e;
}

void turnstile_init(struct turnstile *t, const struct spawner *inner)
{
	*t = (struct turnstile){ .spawner = { .run = run_in_turn }, .inner = inner };
	if (pthread_mutex_init(&t->turn, NULL) != 0)
		abort();
}

void turnstile_release(struct turnstile *t)
{
	(void)pthread_mutex_destroy(&t->turn);
}
