/* Having a server take its configuration. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/limits.h"
#include "net/process.h"
#include "srv/attention.h"
#include "srv/error_log.h"
#include "srv/generation.h"
#include "srv/rival.h"
#include "srv/server_command.h"
#include "srv/start.h"
#include "srv/unit.h"

enum { PAUSE_MS = 10, PAUSE_MAX_MS = 200, LIFE_MS = 3000, TESTS_OF_PATIENCE = 3, LAST_WORD_MS = 5000 };

static struct err *refused(const struct webserver *s, const char *why)
{
	return err_new(ERR_CONFIG, "%s did not take the configuration: %s", s->name, why);
}

/* --- a reload under way --- */

struct reload {
	const struct webserver *server;
	const struct world *world;
	struct generation old;
	struct log_mark log;
	struct attention attention;
	int64_t begun_ms;
	int64_t unnoticed_ms; /* reading the configuration may be waiting for others, such as for names: its test has waited too */
};

static void reload_release(struct reload *r)
{
	generation_release(&r->old);
}

AUTO_RELEASE(struct reload, reload_release)

static struct err *still_old(const struct reload *r, pid_t worker)
{
	AUTO(free) char *see = error_log_hint(r->server);

	return err_new(
		ERR_TIMEOUT,
		"%s goes on with its old configuration: process %d of before the reload still accepts connections after %d s%s",
		r->server->name, (int)worker, webserver_wait_ms(r->server) / 1000, see);
}

/* By SIGSTOP or a debugger: what it is told waits until it goes on, and its workers serve what they had. */
static struct err *stopped(const struct reload *r)
{
	return err_new(
		ERR_TIMEOUT,
		"%s goes on with its old configuration: its master process %d is stopped, `kill -CONT %d` has it go on",
		r->server->name, (int)r->old.master, (int)r->old.master);
}

static struct err *unnoticed(const struct reload *r)
{
	AUTO(free) char *see = error_log_hint(r->server);

	return err_new(
		ERR_TIMEOUT,
		"%s goes on with its old configuration: the reload was ignored, no worker has gone and master process %d has done "
		"nothing since%s",
		r->server->name, (int)r->old.master, see);
}

static bool has_given_up(const struct reload *r)
{
	AUTO(free) char *text = error_log_since(&r->log);

	return text == NULL || strstr(text, r->server->given_up) != NULL;
}

/* What it goes on saying would be taken for its answer to the next reload. */
static struct err *refused_at_last(const struct reload *r, const char *why)
{
	const struct webserver *s = r->server;
	int64_t until = world_monotonic_ms(r->world) + LAST_WORD_MS;
	bool tries = s->given_up != NULL && strstr(why, s->tried_again) != NULL;

	while (tries && !has_given_up(r) && world_monotonic_ms(r->world) < until)
		TRY(world_sleep_ms(r->world, PAUSE_MAX_MS));
	return refused(s, why);
}

static bool has_no_effect(const struct reload *r)
{
	return generation_is_whole(&r->old) &&
	       (r->server->old_go_first || generation_successor(&r->old) == 0);
}

/* Is there no more to be waited for? A master that is at work is given its time. now: of before all that was seen. */
static struct err *judge_time(struct reload *r, pid_t serving, int64_t now)
{
	int64_t quiet = attention_quiet_ms(&r->attention, now);

	if (process_is_stopped(r->old.master))
		return stopped(r);
	if (quiet >= webserver_wait_ms(r->server) || now - r->begun_ms >= LIMIT_RELOAD_MS)
		return still_old(r, serving);
	if (quiet >= r->unnoticed_ms && has_no_effect(r))
		return unnoticed(r);
	return NULL;
}

static struct err *wait_for_end(struct reload *r)
{
	int64_t pause = PAUSE_MS;

	for (;;) {
		int64_t now = world_monotonic_ms(r->world);
		pid_t serving = generation_serving(&r->old);
		AUTO(free) char *refusal = error_log_refusal(&r->log);

		if (refusal != NULL)
			return refused_at_last(r, refusal);
		if (serving == 0)
			return NULL;
		TRY(judge_time(r, serving, now));
		TRY(world_sleep_ms(r->world, pause));
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
}

/* --- one that does not run --- */

static bool has_workers(pid_t master)
{
	AUTO(generation_release) struct generation now = { 0 };

	generation_note(&now, master);
	return generation_serving(&now) != 0;
}

/*
 * One that had nobody who accepts may be about to end, though it still takes signals: httpd does, when it cannot work with what it
 * was told to take. Then the reload came too late, and it is started.
 */
static struct err *see_it_live(const struct webserver *s, const struct world *w,
			       enum webserver_outcome *outcome)
{
	int64_t until = world_monotonic_ms(w) + LIFE_MS;

	while (world_monotonic_ms(w) < until) {
		pid_t master = webserver_pid(s);

		if (master == 0)
			return webserver_start(s, w, unit_state(s, w) != UNIT_NONE, outcome);
		if (has_workers(master))
			return NULL;
		TRY(world_sleep_ms(w, PAUSE_MS));
	}
	return NULL;
}

static bool has_time(struct reload *r)
{
	int64_t now = world_monotonic_ms(r->world);

	return attention_quiet_ms(&r->attention, now) < webserver_wait_ms(r->server) &&
	       now - r->begun_ms < LIMIT_RELOAD_MS;
}

static struct err *ended(const struct webserver *s)
{
	AUTO(free) char *see = error_log_hint(s);

	return err_new(ERR_CONFIG, "%s ended when it was to take the configuration%s", s->name,
		       see);
}

/* nginx reads first, and then its old generation goes: who has no socket by then is to have none. */
static bool listens_nowhere(const struct webserver *s, pid_t master)
{
	return !s->old_go_first && !process_accepts(master);
}

/*
 * httpd's old generation is gone before it reads what it is to take, which may be long, and finds that it cannot work with it, and
 * ends. When nobody has come after all that time, the proof tells what there is.
 */
static struct err *wait_for_successors(struct reload *r)
{
	while (has_time(r)) {
		/* before its log is read: its last words are there when it is gone */
		pid_t master = webserver_pid(r->server);
		AUTO(free) char *refusal = error_log_refusal(&r->log);

		if (refusal != NULL)
			return refused_at_last(r, refusal);
		if (master == 0)
			return ended(r->server);
		if (has_workers(master) || listens_nowhere(r->server, master))
			return NULL;
		TRY(world_sleep_ms(r->world, PAUSE_MS));
	}
	return NULL;
}

/* --- telling it --- */

/* By the first way that works; else what each of them said. */
static struct err *by_commands(const struct webserver *s, const struct world *w)
{
	struct err *why = NULL;

	for (size_t i = 0; i < WEBSERVER_WAYS && s->reload[i] != NULL; i++) {
		struct err *e = server_run(s, w, s->reload[i]);

		if (e == NULL || err_is(e, ERR_INTERRUPTED)) {
			err_free(why);
			return e;
		}
		if (why == NULL)
			why = e;
		else
			err_add_subproblem(why, e);
	}
	return err_wrap(why, "reloading %s", s->name);
}

static bool by_signal(const struct webserver *s, pid_t master)
{
	return s->reload_signal != 0 && master != 0 && kill(master, s->reload_signal) == 0;
}

static struct err *wait_for_new(struct reload *r, enum webserver_outcome *outcome)
{
	*outcome = WEBSERVER_RELOADED;
	attention_begin(&r->attention, r->old.master, world_monotonic_ms(r->world));
	TRY(wait_for_end(r));
	return r->old.count == 0 ? see_it_live(r->server, r->world, outcome)
				 : wait_for_successors(r);
}

/* It runs where it can be seen. */
static struct err *reload_seen(const struct webserver *s, const struct world *w, pid_t master,
			       int64_t took_ms, enum webserver_outcome *outcome)
{
	int64_t limit = s->unnoticed_ms > 0 ? s->unnoticed_ms : LIMIT_UNNOTICED_MS;
	AUTO(reload_release)
	struct reload r = {
		.server = s, .world = w, .log = error_log_mark(s, master), .begun_ms = world_monotonic_ms(w)
	};

	generation_note(&r.old, master);
	if (!by_signal(s, master)) {
		TRY(by_commands(s, w));
		took_ms += world_monotonic_ms(w) - r.begun_ms;
	}
	r.unnoticed_ms = limit + TESTS_OF_PATIENCE * took_ms;
	return wait_for_new(&r, outcome);
}

/* It does not run, or where nobody of us sees it, as in another container. Some commands start it in the first case. */
static struct err *reload_unseen(const struct webserver *s, const struct world *w,
				 enum webserver_outcome *outcome)
{
	enum unit_state unit = unit_state(s, w);
	const struct log_mark log = error_log_mark(s, 0);

	*outcome = WEBSERVER_RELOADED;
	if (unit == UNIT_UP)
		return err_wrap(unit_tell(s, w, "reload"), "reloading %s", s->name);
	bool down = unit == UNIT_DOWN || webserver_stranger(s, NULL) != 0;
	AUTO(strlist_release) struct strlist before = { 0 };

	webserver_masters(s, &before);
	struct err *e = unit == UNIT_NONE && !down ? by_commands(s, w) : NULL;

	if (e != NULL && err_is(e, ERR_INTERRUPTED))
		return e;
	if (e != NULL || down) {
		err_ignore(e);
		return webserver_start(s, w, unit == UNIT_DOWN, outcome);
	}
	AUTO(free) char *refusal = error_log_refusal(&log);

	if (webserver_pid(s) != 0 || webserver_has_one_more(s, &before))
		TRY(webserver_see_started(s, w, outcome));
	return refusal != NULL ? refused(s, refusal) : NULL;
}

struct err *webserver_take(const struct webserver *s, const struct world *w, int64_t took_ms,
			   enum webserver_outcome *outcome)
{
	pid_t master = webserver_pid(s);

	return master != 0 ? rival_named(reload_seen(s, w, master, took_ms, outcome), s, true)
			   : rival_named(reload_unseen(s, w, outcome), s, false);
}

struct err *webserver_reload(const struct webserver *s, const struct world *w,
			     enum webserver_outcome *outcome)
{
	int64_t took_ms = 0;

	if (s->reload_signal != 0 && webserver_pid(s) != 0)
		TRY(webserver_test(s, w, &took_ms));
	return webserver_take(s, w, took_ms, outcome);
}
