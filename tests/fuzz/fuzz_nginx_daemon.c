/* What any program behind --nginx-ctl may print for -V. */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "plugins/nginx/daemon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

struct says {
	struct spawner spawner;
	const char *text;
};

static struct err *say(const struct spawner *s, const struct command *c, struct command_result *out)
{
	(void)c;
	*out = (struct command_result){
		.out = xstrdup(""), .err = xstrdup(((const struct says *)(const void *)s)->text)
	};
	return NULL;
}

static void check(const struct daemon *d)
{
	const struct webserver *s = daemon_server(d);

	need(s->test != NULL && s->start != NULL && s->reload[0] != NULL);
	need(s->pid_files == NULL || *s->pid_files[0] != '\0');
	need(s->error_log == NULL || *s->error_log != '\0');
	need(daemon_is_since(d, (const unsigned[3]){ 0, 0, 0 }));
	need(!daemon_is_since(d, (const unsigned[3]){ 100000, 0, 0 }));
	(void)daemon_has_tls(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(daemon_free) struct daemon *d = NULL;
	AUTO(free) char *text = xstrndup((const char *)data, size);
	const struct says says = { { say }, text };
	const struct world w = { .spawner = &says.spawner };

	if (size > LIMIT_KIB(64))
		return 0;
	err_free(daemon_new(&d, &w, "/bin/sh", "/etc/nginx", NULL));
	need(d != NULL);
	check(d);
	return 0;
}
