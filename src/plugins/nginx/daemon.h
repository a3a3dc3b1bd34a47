/* The installed nginx and the process it runs as: what it was built with, where its configuration puts its files. */
#pragma once

#include "base/world.h"
#include "client/plugin.h"
#include "plugins/nginx/config.h"
#include "srv/webserver.h"

struct daemon;

/*
 * ctl: the program, by name or path; root: where nginx.conf is; about: what it says of itself, NULL: it is asked. ERR_MISSING: there
 * is no such program.
 */
MUST_CHECK struct err *daemon_new(struct daemon **out, const struct world *w, const char *ctl,
				  const char *root, const char *about);
/* The argv of the test, as of a daemon that these options name. */
void daemon_test(struct strlist *argv, const struct options *opt);
const char *daemon_about(const struct daemon *d); /* a loan */
/* What the configuration says about its process: pid file and error log. */
MUST_CHECK struct err *daemon_read(struct daemon *d, struct config *c);
/* A loan. */
const struct webserver *daemon_server(const struct daemon *d);
bool daemon_has_tls(const struct daemon *d);
/* Is it this version or a newer one? */
bool daemon_is_since(const struct daemon *d, const unsigned version[3]);
void daemon_free(struct daemon *d);

AUTO_FREE(struct daemon, daemon_free)
