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

/* "port 443 is another server's, python3 (PID 812): stop ..."; NULL: no such port. */
static char *whose(const char *digits, const char *const *programs)
{
	AUTO(free) char *number = xstrndup(digits, strspn(digits, "0123456789"));
	AUTO(process_release) struct process p = { 0 };
	int64_t port = 0;

	if (!str_to_int(number, 1, UINT16_MAX, &port))
		return NULL;
	process_listening(&p, (unsigned)port);
	AUTO(free) char *who = process_text(&p);

	if (who == NULL || p.name == NULL || is_one_of(p.name, programs))
		return NULL;
	return str_fmt(
		"port %d is another server's, %s: stop that, or name another port by --https-port or --http-01-port",
		(int)port, who);
}

struct err *rival_named(struct err *e, const char *const *programs)
{
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;
	AUTO(free) char *found = NULL;

	if (text == NULL || !tells_of_an_address_in_use(text))
		return e;
	for (const char *at = strchr(text, ':'); at != NULL && found == NULL;
	     at = strchr(at + 1, ':'))
		found = whose(at + 1, programs);
	return found != NULL ? err_wrap_as(ERR_BUSY, e, "%s", found) : e;
}
