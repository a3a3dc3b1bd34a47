#include "srv/webserver.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "net/process.h"
#include "srv/generation.h"
#include "srv/rival.h"
#include "srv/said.h"

enum { PAUSE_MS = 10, PAUSE_MAX_MS = 200, LINGER_MS = 2000, LIFE_MS = 3000 };

static int or_limit(int ms)
{
	return ms > 0 ? ms : LIMIT_SERVER_MS;
}

static bool is_program(const struct webserver *s, pid_t pid)
{
	AUTO(free) char *name = process_name(pid);

	for (size_t i = 0; name != NULL && s->programs != NULL && s->programs[i] != NULL; i++)
		if (streq(name, s->programs[i]))
			return true;
	return false;
}

/* A file that a killed server left may name a process that is another's by now. */
static pid_t pid_in(const struct webserver *s, const char *path)
{
	AUTO(free) char *text = NULL;
	AUTO(free) char *number = NULL;
	int64_t pid = 0;

	err_ignore(fs_read_if_exists(&text, NULL, path, LIMIT_KIB(1)));
	if (text == NULL)
		return 0;
	number = str_trimmed(text);
	return str_to_int(number, 1, INT32_MAX, &pid) && is_program(s, (pid_t)pid) ? (pid_t)pid : 0;
}

/* The first of that name is the master: its workers are younger, though /proc is in no order; so look for a parent too. */
static pid_t search(const struct webserver *s)
{
	AUTO(strlist_release) struct strlist entries = { 0 };

	err_ignore(fs_list(&entries, "/proc"));
	for (size_t i = 0; i < entries.count; i++) {
		int64_t pid = 0;

		if (str_to_int(entries.items[i], 1, INT32_MAX, &pid) && is_program(s, (pid_t)pid) &&
		    !is_program(s, process_parent((pid_t)pid)))
			return (pid_t)pid;
	}
	return 0;
}

pid_t webserver_pid(const struct webserver *s)
{
	pid_t pid = 0;

	if (s->pid_files == NULL)
		return search(s);
	for (size_t i = 0; s->pid_files[i] != NULL && pid == 0; i++)
		pid = pid_in(s, s->pid_files[i]);
	return pid;
}

int webserver_proof_ms(const struct webserver *s)
{
	return webserver_pid(s) != 0 ? LIMIT_PROOF_SEEN_MS : LIMIT_PROOF_MS;
}

static struct err *said(const char *const *argv, const struct command_result *r)
{
	AUTO(free) char *both = str_fmt("%s\n%s", r->err, r->out);
	AUTO(free) char *text = said_line(both);

	return err_new(ERR_CONFIG, "%s (status %d): %s", argv[0], r->status,
		       text[0] != '\0' ? text : "without a word");
}

static struct err *run(const struct webserver *s, const struct world *w, const char *const *argv)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	const struct command c = { .argv = argv,
				   .input = "",
				   .max_output = LIMIT_SERVER_OUTPUT,
				   .timeout_ms = or_limit(s->timeout_ms),
				   .linger_ms = LINGER_MS,
				   .stop = w->stop };

	TRY(w->spawner->run(w->spawner, &c, &r));
	return r.status == 0 ? NULL : said(argv, &r);
}

struct err *webserver_test(const struct webserver *s, const struct world *w)
{
	return err_wrap(run(s, w, s->test), "%s does not accept its configuration", s->name);
}

/* Its error log since a point in time. */
struct log_mark {
	const struct webserver *server;
	off_t size;
};

static struct log_mark mark_log(const struct webserver *s)
{
	struct stat st;
	bool there = s->error_log != NULL && stat(s->error_log, &st) == 0;

	return (struct log_mark){ s, there ? st.st_size : 0 };
}

/* The line by which it refused since then; NULL: none yet. */
static char *refusal_since(const struct log_mark *m)
{
	const struct webserver *s = m->server;
	AUTO(free) char *text = NULL;

	if (s->error_log == NULL || s->refusal == NULL)
		return NULL;
	err_ignore(fs_read_from(&text, s->error_log, m->size, LIMIT_SERVER_OUTPUT));
	const char *found = text != NULL ? strstr(text, s->refusal) : NULL;

	return found != NULL ? said_refusal(found, s->refusal) : NULL;
}

static struct err *still_old(const struct webserver *s, pid_t worker)
{
	return err_new(
		ERR_TIMEOUT,
		"%s goes on with its old configuration: process %d of before the reload still accepts "
		"connections after %d s%s%s",
		s->name, (int)worker, or_limit(s->wait_ms) / 1000,
		s->error_log != NULL ? "; see " : "", s->error_log != NULL ? s->error_log : "");
}

/* By SIGSTOP or a debugger: what it is told waits until it goes on, and its workers serve what they had. */
static struct err *stopped(const struct webserver *s, pid_t master)
{
	return err_new(
		ERR_TIMEOUT,
		"%s goes on with its old configuration: its master process %d is stopped, `kill -CONT %d` has it go on",
		s->name, (int)master, (int)master);
}

static struct err *refused(const struct webserver *s, const char *why)
{
	return err_new(ERR_CONFIG, "%s did not take the configuration: %s", s->name, why);
}

static struct err *wait_for_end(const struct webserver *s, const struct world *w,
				const struct generation *old, const struct log_mark *log)
{
	int64_t until = world_monotonic_ms(w) + or_limit(s->wait_ms);
	int64_t pause = PAUSE_MS;

	for (;;) {
		pid_t serving = generation_serving(old);
		AUTO(free) char *refusal = refusal_since(log);

		if (refusal != NULL)
			return refused(s, refusal);
		if (serving == 0)
			return NULL;
		if (process_is_stopped(old->master))
			return stopped(s, old->master);
		if (world_monotonic_ms(w) >= until)
			return still_old(s, serving);
		TRY(world_sleep_ms(w, pause));
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
}

/* By the first way that works; else what each of them said. */
static struct err *ask_to_reload(const struct webserver *s, const struct world *w)
{
	struct err *why = NULL;

	for (size_t i = 0; i < WEBSERVER_WAYS && s->reload[i] != NULL; i++) {
		struct err *e = run(s, w, s->reload[i]);

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

static struct err *start(const struct webserver *s, const struct world *w,
			 enum webserver_outcome *outcome)
{
	if (s->start == NULL) {
		*outcome = WEBSERVER_NOT_RUNNING;
		return NULL;
	}
	TRY_WRAP(run(s, w, s->start), "starting %s", s->name);
	*outcome = WEBSERVER_STARTED;
	return NULL;
}

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
			return start(s, w, outcome);
		if (has_workers(master))
			return NULL;
		TRY(world_sleep_ms(w, PAUSE_MS));
	}
	return NULL;
}

/*
 * httpd's old generation is gone before it reads what it is to take, which may be long, and finds that it cannot work with it, and
 * ends. When nobody has come after all that time, the proof tells what there is.
 */
static struct err *wait_for_successors(const struct webserver *s, const struct world *w,
				       const struct log_mark *log)
{
	int64_t until = world_monotonic_ms(w) + or_limit(s->wait_ms);

	while (world_monotonic_ms(w) < until) {
		pid_t master = webserver_pid(
			s); /* before its log is read: its last words are there when it is gone */
		AUTO(free) char *refusal = refusal_since(log);

		if (refusal != NULL)
			return refused(s, refusal);
		if (master == 0)
			return err_new(ERR_CONFIG,
				       "%s ended when it was to take the configuration%s%s",
				       s->name, s->error_log != NULL ? "; see " : "",
				       s->error_log != NULL ? s->error_log : "");
		if (has_workers(master))
			return NULL;
		TRY(world_sleep_ms(w, PAUSE_MS));
	}
	return NULL;
}

static struct err *reload(const struct webserver *s, const struct world *w,
			  enum webserver_outcome *outcome)
{
	AUTO(generation_release) struct generation old = { 0 };
	const struct log_mark log = mark_log(s);
	pid_t master = webserver_pid(s);

	generation_note(&old, master);
	struct err *e = ask_to_reload(s, w);

	if (e != NULL && (master != 0 || err_is(e, ERR_INTERRUPTED)))
		return e;
	if (e != NULL) {
		err_ignore(e);
		return start(s, w, outcome);
	}
	*outcome = master == 0 && webserver_pid(s) != 0 ? WEBSERVER_STARTED : WEBSERVER_RELOADED;
	TRY(wait_for_end(s, w, &old, &log));
	if (master == 0)
		return NULL;
	return old.count == 0 ? see_it_live(s, w, outcome) : wait_for_successors(s, w, &log);
}

struct err *webserver_reload(const struct webserver *s, const struct world *w,
			     enum webserver_outcome *outcome)
{
	return rival_named(reload(s, w, outcome), s->programs);
}
