/* Ending a server that was started. */
#include <errno.h>
#include <signal.h>

#include "base/limits.h"
#include "srv/unit.h"

enum { PAUSE_MS = 10 };

static struct err *wait_until_gone(const struct webserver *s, const struct world *w, pid_t master)
{
	int64_t until = world_monotonic_ms(w) + LIMIT_SERVER_MS;

	for (;;) {
		int64_t now = world_monotonic_ms(w);

		if (webserver_pid(s) != master)
			return NULL;
		if (now >= until)
			return err_new(ERR_TIMEOUT, "process %d goes on after SIGTERM",
				       (int)master);
		TRY(world_sleep_ms(w, PAUSE_MS));
	}
}

static struct err *stop(const struct webserver *s, const struct world *w, pid_t master)
{
	if (unit_state(s, w) == UNIT_UP)
		return unit_tell(s, w, "stop");
	if (kill(master, SIGTERM) != 0)
		return err_errno(errno, "process %d", (int)master);
	return wait_until_gone(s, w, master);
}

struct err *webserver_stop(const struct webserver *s, const struct world *w)
{
	pid_t master = webserver_pid(s);

	return master != 0 ? err_wrap(stop(s, w, master), "stopping %s", s->name) : NULL;
}
