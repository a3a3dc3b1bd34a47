/* Where this Apache is and by which programs it is spoken to: the options, else what its system has. */
#pragma once

#include "base/world.h"
#include "client/plugin.h"

struct apache_place {
	char *server_root, *vhost_root, *logs_root, *challenge_dir;
	char *ctl, *bin;
	char *enmod, *dismod; /* NULL: none */
	char *modules_dir; /* where .load files are to be had; NULL: modules are not ours to load */
	bool handle_modules, handle_sites;
	const char *unit;   /* systemd's; NULL: none */
	bool of_system;     /* the server root is the system's own */
	bool root_is_named; /* somebody has said which it is */
	struct strlist
		httpd; /* bin, and "-D", "NAME" of httpd's options where bin does not add them itself */
};

void apache_place_init(struct apache_place *p, const struct options *o);
/* The argv of the server's test, as these options have it. */
void apache_place_test(struct strlist *argv, const struct options *o);
/* ERR_MISSING: there is no Apache here. */
MUST_CHECK struct err *apache_place_check(const struct apache_place *p);
/* httpd's words, then these. The array is the caller's, its strings are loans. */
const char **apache_httpd_argv(const struct apache_place *p, const char *const *more, size_t count);
/* NAME=VALUE that apachectl gives to httpd: what <server root>/envvars makes of our own. */
MUST_CHECK struct err *apache_place_environment(struct strlist *out, const struct apache_place *p,
						const struct world *w);
void apache_place_release(struct apache_place *p);

AUTO_RELEASE(struct apache_place, apache_place_release)
