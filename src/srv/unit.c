#include "srv/unit.h"

#include <string.h>

#include "base/limits.h"
#include "srv/server_command.h"

/* "PIDFile=/run/nginx.pid" of "PIDFile"; NULL: it is not told, or empty. */
static char *property(const struct strlist *lines, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < lines->count; i++) {
		const char *line = lines->items[i];

		if (str_starts(line, name) && line[len] == '=' && line[len + 1] != '\0')
			return xstrdup(line + len + 1);
	}
	return NULL;
}

/* /var/run is a link, and systemd says what it leads to. */
static const char *in_run(const char *path)
{
	return str_starts(path, "/var/run/") ? path + strlen("/var") : path;
}

static bool has_pid_file(const struct webserver *s, const char *path)
{
	for (size_t i = 0; s->pid_files != NULL && s->pid_files[i] != NULL; i++)
		if (streq(in_run(s->pid_files[i]), in_run(path)))
			return true;
	return false;
}

/* A service that names no PID file is taken for that of the system's own place. */
static bool is_of(const struct webserver *s, const struct strlist *lines)
{
	AUTO(free) char *pid_file = property(lines, "PIDFile");

	return pid_file != NULL ? has_pid_file(s, pid_file) : s->of_system;
}

static enum unit_state judge(const struct webserver *s, const char *text)
{
	AUTO(strlist_release) struct strlist lines = { 0 };

	strlist_split(&lines, text, '\n');
	AUTO(free) char *loaded = property(&lines, "LoadState");
	AUTO(free) char *active = property(&lines, "ActiveState");

	/* a masked one is down, and systemd says why it cannot be started */
	if (loaded == NULL || (!streq(loaded, "loaded") && !streq(loaded, "masked")) ||
	    !is_of(s, &lines))
		return UNIT_NONE;
	return active != NULL && (streq(active, "active") || streq(active, "reloading"))
		     ? UNIT_UP
		     : UNIT_DOWN;
}

enum unit_state unit_state(const struct webserver *s, const struct world *w)
{
	const char *argv[] = { "systemctl", "show", "--property=LoadState,ActiveState,PIDFile",
			       s->unit, NULL };
	const struct command c = { .argv = argv,
				   .input = "",
				   .max_output = LIMIT_SERVER_OUTPUT,
				   .timeout_ms = LIMIT_SERVER_MS,
				   .stop = w->stop };
	AUTO(command_result_release) struct command_result r = { 0 };

	if (s->unit == NULL)
		return UNIT_NONE;
	AUTO(err_free) struct err *e = w->spawner->run(w->spawner, &c, &r);

	return e == NULL && r.status == 0 ? judge(s, r.out) : UNIT_NONE;
}

struct err *unit_tell(const struct webserver *s, const struct world *w, const char *verb)
{
	const char *argv[] = { "systemctl", verb, s->unit, NULL };

	return server_run(s, w, argv);
}
