#include "srv/start.h"

#include "base/shell.h"
#include "net/process.h"
#include "srv/server_command.h"
#include "srv/unit.h"

enum { PAUSE_MS = 10, LIFE_MS = 3000 };

/* Its PID is written when it has read its configuration, and that is after the command has ended. */
bool webserver_has_one_more(const struct webserver *s, const struct strlist *before)
{
	AUTO(strlist_release) struct strlist now = { 0 };

	webserver_masters(s, &now);
	for (size_t i = 0; i < now.count; i++)
		if (!strlist_has(before, now.items[i]))
			return true;
	return false;
}

static struct err *misled(pid_t stranger, const char *file)
{
	AUTO(free) char *name = process_name(stranger);
	AUTO(free) char *word = shell_word(file);

	return err_new(
		ERR_CONFIG,
		"%s still names process %d, %s, which is another program: `rm %s`, then run this again",
		file, (int)stranger, name != NULL ? name : "gone by now", word);
}

/* `apachectl start` takes the stranger for a server that runs, does nothing, and ends well; nginx writes the file anew. */
static struct err *see_it_named(const struct webserver *s, const struct world *w,
				const struct strlist *before)
{
	int64_t begun = world_monotonic_ms(w);
	const char *file = NULL;

	for (;;) {
		int64_t now = world_monotonic_ms(w); /* of before the look */
		pid_t stranger = webserver_stranger(s, &file);
		int wait_ms = webserver_wait_ms(s);

		if (stranger == 0)
			return NULL;
		if (!webserver_has_one_more(s, before) && wait_ms > LIFE_MS)
			wait_ms = LIFE_MS;
		if (now - begun >= wait_ms)
			return misled(stranger, file);
		TRY(world_sleep_ms(w, PAUSE_MS));
	}
}

static struct err *start(const struct webserver *s, const struct world *w, bool service)
{
	AUTO(strlist_release) struct strlist before = { 0 };

	webserver_masters(s, &before);
	TRY(service ? unit_tell(s, w, "start") : server_run(s, w, s->start));
	return see_it_named(s, w, &before);
}

struct err *webserver_start(const struct webserver *s, const struct world *w, bool service,
			    enum webserver_outcome *outcome)
{
	if (s->start == NULL) {
		*outcome = WEBSERVER_NOT_RUNNING;
		return NULL;
	}
	TRY_WRAP(start(s, w, service), "starting %s", s->name);
	*outcome = WEBSERVER_STARTED;
	return NULL;
}

struct err *webserver_see_started(const struct webserver *s, const struct world *w,
				  enum webserver_outcome *outcome)
{
	int64_t until = world_monotonic_ms(w) + LIFE_MS;

	while (webserver_pid(s) == 0 && world_monotonic_ms(w) < until)
		TRY(world_sleep_ms(w, PAUSE_MS));
	*outcome = s->start != NULL ? WEBSERVER_STARTED : WEBSERVER_NOT_RUNNING;
	return s->start != NULL ? NULL : webserver_stop(s, w);
}
