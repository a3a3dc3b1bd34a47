/* What a server can be told besides its certificate: --redirect, --hsts, --uir, --staple-ocsp, --auto-hsts. */
#pragma once

#include "client/install/installer.h"

bool enhancements_asked(const struct options *opt);
/* ERR_CONFIG for what must not be passed over: --auto-hsts, and --must-staple, which asks for stapling. */
MUST_CHECK struct err *enhancements_check(const struct installer *i, struct options *opt);
/* Plans those that were asked for, and adds their names; says which of them this installer passes over. */
MUST_CHECK struct err *enhancements_plan(struct strlist *planned, const struct installer *i,
					 struct client *c, const struct installation *what);
/* The server's configuration has them already. */
/* Takes why: a warning where only the redirect was planned, which nobody had asked for; else it comes back. */
struct err *enhancements_excuse(struct err *why, struct client *c,
				const struct installation *what);
void enhancements_tell_idle(const struct strlist *planned, struct client *c);
/* Plans them and carries them out. --dry-run: tells what would be changed. */
MUST_CHECK struct err *enhancements_apply(const struct installer *i, struct client *c,
					  const struct installation *what);
