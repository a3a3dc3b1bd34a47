#include "srv/webserver.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "net/process.h"
#include "srv/said.h"
#include "srv/server_command.h"

enum { LINGER_MS = 2000 };

static bool is_program(const struct webserver *s, pid_t pid)
{
	AUTO(free) char *name = process_name(pid);

	for (size_t i = 0; name != NULL && s->programs != NULL && s->programs[i] != NULL; i++)
		if (streq(name, s->programs[i]))
			return true;
	return false;
}

static pid_t written_in(const char *path)
{
	AUTO(free) char *text = NULL;
	AUTO(free) char *number = NULL;
	int64_t pid = 0;

	err_ignore(fs_read_if_exists(&text, NULL, path, LIMIT_KIB(1)));
	if (text == NULL)
		return 0;
	number = str_trimmed(text);
	return str_to_int(number, 1, INT32_MAX, &pid) ? (pid_t)pid : 0;
}

/* A file that a killed server left may name a process that is another's by now. */
static pid_t pid_in(const struct webserver *s, const char *path)
{
	pid_t pid = written_in(path);

	return pid != 0 && is_program(s, pid) ? pid : 0;
}

/* "nginx-debug", "httpd.worker" */
static bool is_kind_of_program(const struct webserver *s, const char *name)
{
	for (size_t i = 0; s->programs != NULL && s->programs[i] != NULL; i++)
		if (str_starts(name, s->programs[i]))
			return true;
	return false;
}

pid_t webserver_stranger(const struct webserver *s, const char **file)
{
	for (size_t i = 0; s->pid_files != NULL && s->pid_files[i] != NULL; i++) {
		pid_t pid = written_in(s->pid_files[i]);
		AUTO(free) char *name = pid != 0 ? process_name(pid) : NULL;

		if (name == NULL || is_kind_of_program(s, name))
			continue;
		if (file != NULL)
			*file = s->pid_files[i];
		return pid;
	}
	return 0;
}

/* Workers have the name too, and their parent has it. */
void webserver_masters(const struct webserver *s, struct strlist *out)
{
	AUTO(strlist_release) struct strlist entries = { 0 };

	if (s->programs != NULL)
		err_ignore(fs_list(&entries, "/proc"));
	for (size_t i = 0; i < entries.count; i++) {
		int64_t pid = 0;

		if (str_to_int(entries.items[i], 1, INT32_MAX, &pid) && is_program(s, (pid_t)pid) &&
		    !is_program(s, process_parent((pid_t)pid)))
			strlist_add(out, entries.items[i]);
	}
}

static pid_t search(const struct webserver *s)
{
	AUTO(strlist_release) struct strlist masters = { 0 };
	int64_t pid = 0;

	webserver_masters(s, &masters);
	return masters.count > 0 && str_to_int(masters.items[0], 1, INT32_MAX, &pid) ? (pid_t)pid
										     : 0;
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

int webserver_wait_ms(const struct webserver *s)
{
	return s->wait_ms > 0 ? s->wait_ms : LIMIT_SERVER_MS;
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

struct err *server_run(const struct webserver *s, const struct world *w, const char *const *argv)
{
	AUTO(command_result_release) struct command_result r = { 0 };
	const struct command c = { .argv = argv,
				   .input = "",
				   .max_output = LIMIT_SERVER_OUTPUT,
				   .timeout_ms = s->timeout_ms > 0 ? s->timeout_ms
								   : LIMIT_SERVER_MS,
				   .linger_ms = LINGER_MS,
				   .stop = w->stop };

	TRY(w->spawner->run(w->spawner, &c, &r));
	if (r.status != 0 && w->stop != NULL) /* which may have come to all of the terminal's processes */
		TRY(interrupt_check(w->stop));
	return r.status == 0 ? NULL : said(argv, &r);
}

struct err *webserver_test(const struct webserver *s, const struct world *w, int64_t *took_ms)
{
	int64_t begun_ms = world_monotonic_ms(w);
	struct err *e = server_run(s, w, s->test);

	*took_ms = world_monotonic_ms(w) - begun_ms;
	if (e != NULL && err_is(e, ERR_INTERRUPTED))
		return err_wrap(e, "while %s was testing its configuration", s->name);
	return err_wrap(e, "%s does not accept its configuration", s->name);
}
