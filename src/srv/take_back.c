#include "srv/take_back.h"

#include "srv/generation.h"

enum { PAUSE_MS = 10, LIFE_MS = 3000 };

static bool has_workers(pid_t master)
{
	AUTO(generation_release) struct generation now = { 0 };

	generation_note(&now, master);
	return generation_serving(&now) != 0;
}

/* Its last words may be there before it is gone. *master: who serves now; 0: nobody any more. */
static struct err *wait_for_fate(pid_t *master, const struct webserver *s, const struct world *w)
{
	int64_t until = world_monotonic_ms(w) + LIFE_MS;

	for (;;) {
		int64_t now = world_monotonic_ms(w);

		*master = webserver_pid(s);
		if (*master == 0 || has_workers(*master) || now >= until)
			return NULL;
		TRY(world_sleep_ms(w, PAUSE_MS));
	}
}

static struct err *revive(struct err *why, const struct webserver *s, const struct world *w,
			  enum webserver_outcome *outcome)
{
	struct err *e = webserver_reload(s, w, outcome);

	if (e != NULL)
		err_add_subproblem(why, e);
	if (e != NULL || *outcome == WEBSERVER_NOT_RUNNING)
		return why;
	err_free(why);
	*outcome = WEBSERVER_REVIVED;
	return NULL;
}

struct err *webserver_take_back(const struct webserver *s, const struct world *w,
				enum webserver_outcome *outcome)
{
	pid_t before = webserver_pid(s), now = 0;
	struct err *e = webserver_reload(s, w, outcome);

	if (e == NULL || before == 0 || err_is(e, ERR_INTERRUPTED))
		return e;
	err_ignore(wait_for_fate(&now, s, w));
	if (now == 0)
		return revive(e, s, w, outcome);
	if (now == before)
		return e;
	err_free(e); /* whoever watches over it was faster */
	*outcome = WEBSERVER_REVIVED;
	return NULL;
}
