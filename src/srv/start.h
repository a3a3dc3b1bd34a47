/* Starting a server that does not run. */
#pragma once

#include "srv/webserver.h"

/*
 * By its service, or as `start` says; without that: WEBSERVER_NOT_RUNNING. Where its PID file names another program's process
 * afterwards too, it was not started, or nobody would find it: ERR_CONFIG with what to do.
 */
MUST_CHECK struct err *webserver_start(const struct webserver *s, const struct world *w, bool service,
				    enum webserver_outcome *outcome);

/* Has a command brought a master process that was not there before? */
bool webserver_has_one_more(const struct webserver *s, const struct strlist *before);
/* By a command that was to reload it, which some do. One that is not to be started ends again. */
MUST_CHECK struct err *webserver_see_started(const struct webserver *s, const struct world *w,
					  enum webserver_outcome *outcome);
