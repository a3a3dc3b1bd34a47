#include "srv/rival.h"

#include <errno.h>
#include <string.h>

#include "net/process.h"

static bool is_one_of(const char *name, const char *const *programs)
{
	for (size_t i = 0; programs != NULL && programs[i] != NULL; i++)
		if (streq(name, programs[i]))
			return true;
	return false;
}

/* "nginx: [emerg] bind() to 0.0.0.0:443 failed (98: ...", "(98)Address ...: AH00072: make_sock: could not bind to address [::]:443" */
static bool tells_of_an_address_in_use(const char *text)
{
	AUTO(free) char *nginx = str_fmt("(%d: ", EADDRINUSE);
	AUTO(free) char *apache = str_fmt("(%d)", EADDRINUSE);

	return strstr(text, nginx) != NULL || strstr(text, apache) != NULL;
}

/* Of a worker its master. */
static pid_t master_of(const struct process *p, const struct webserver *s)
{
	pid_t parent = process_parent(p->pid);
	AUTO(free) char *name = parent != 0 ? process_name(parent) : NULL;

	return name != NULL && is_one_of(name, s->programs) ? parent : p->pid;
}

/* One that runs although it was not seen. */
static char *unnamed(const struct process *p, const struct webserver *s)
{
	const char *file = s->pid_files != NULL ? s->pid_files[0] : NULL;
	int pid = (int)master_of(p, s);

	return file != NULL ? str_fmt("%s runs already (PID %d), but %s does not name it: `echo %d >%s`, or stop it, then run this again",
				      s->name, pid, file, pid, file)
			    : NULL;
}

/* "port 443 is another server's, python3 (PID 812): stop ..."; NULL: no such port. */
static char *whose(const char *digits, const struct webserver *s, bool seen)
{
	AUTO(free) char *number = xstrndup(digits, strspn(digits, "0123456789"));
	AUTO(process_release) struct process p = { 0 };
	int64_t port = 0;

	if (!str_to_int(number, 1, UINT16_MAX, &port))
		return NULL;
	process_listening(&p, (unsigned)port);
	AUTO(free) char *who = process_text(&p);

	if (who == NULL || p.name == NULL)
		return NULL;
	if (is_one_of(p.name, s->programs))
		return seen ? NULL : unnamed(&p, s);
	return str_fmt(
		"port %d is another server's, %s: stop that, or name another port by --https-port or --http-01-port",
		(int)port, who);
}

struct err *rival_named(struct err *e, const struct webserver *s, bool seen)
{
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;
	AUTO(free) char *found = NULL;

	if (text == NULL || !tells_of_an_address_in_use(text))
		return e;
	for (const char *at = strchr(text, ':'); at != NULL && found == NULL;
	     at = strchr(at + 1, ':'))
		found = whose(at + 1, s, seen);
	return found != NULL ? err_wrap_as(ERR_BUSY, e, "%s", found) : e;
}
